//! Contradictions in limits, each as one sentence that begins with the key.

use domain::Span;

use crate::limits::{CrossCheck, FlatLine, Gross, Limits, Rate, Recession, Spike};

impl Limits {
    /// Every contradiction in these limits; empty when they can be used.
    ///
    /// ```
    /// let limits: quality::Limits =
    ///     toml::from_str("gross = { fail_max = 10.0, suspect_max = 12.0 }").expect("limits");
    /// assert_eq!(
    ///     limits.faults(),
    ///     ["gross.suspect_max = 12 lies outside fail_max = 10: suspect limits lie inside fail limits"]
    /// );
    /// ```
    #[must_use]
    pub fn faults(&self) -> Vec<String> {
        let mut faults = Faults(Vec::new());
        self.gross.iter().for_each(|gross| faults.gross(gross));
        self.rate.iter().for_each(|rate| faults.rate(rate));
        self.recession.iter().for_each(|recession| faults.recession(recession));
        self.spike.iter().for_each(|spike| faults.spike(spike));
        self.flat_line.iter().for_each(|flat| faults.flat_line(flat));
        self.gap.iter().for_each(|gap| faults.positive_span("gap", *gap));
        self.cross_check.iter().for_each(|cross| faults.cross_check(cross));
        faults.0
    }
}

/// The faults found so far.
struct Faults(Vec<String>);

impl Faults {
    fn gross(&mut self, gross: &Gross) {
        let all = [
            ("gross.fail_min", gross.fail_min),
            ("gross.suspect_min", gross.suspect_min),
            ("gross.suspect_max", gross.suspect_max),
            ("gross.fail_max", gross.fail_max),
        ];
        for (key, value) in all {
            self.finite(key, value);
        }
        self.any("gross", all.iter().any(|(_, value)| value.is_some()), "a limit");
        self.inside("gross.suspect_min", gross.suspect_min, "fail_min", gross.fail_min, 1.0);
        self.inside("gross.suspect_max", gross.suspect_max, "fail_max", gross.fail_max, -1.0);
        self.ordered("fail", gross.fail_min, gross.fail_max);
        self.ordered("suspect", gross.suspect_min, gross.suspect_max);
    }

    fn rate(&mut self, rate: &Rate) {
        self.positive_span("rate.per", rate.per);
        self.not_negative("rate.tolerance", rate.tolerance);
        self.pair("rate", rate.suspect, rate.fail);
    }

    fn recession(&mut self, recession: &Recession) {
        self.positive_span("recession.per", recession.per);
        self.not_negative("recession.tolerance", recession.tolerance);
        self.not_negative("recession.confirm_moves", recession.confirm_moves);
        self.not_negative("recession.confirm_share", recession.confirm_share);
        if recession.confirm_readings < 2 {
            self.0.push(format!(
                "recession.confirm_readings = {} must be 2 or more: no value bears itself out",
                recession.confirm_readings
            ));
        }
        if !(recession.fastest.is_finite() && recession.fastest > 0.0) {
            let fastest = recession.fastest;
            self.0.push(format!("recession.fastest = {fastest} must be a number above 0"));
        }
    }

    fn spike(&mut self, spike: &Spike) {
        self.pair("spike", spike.suspect, spike.fail);
    }

    fn flat_line(&mut self, flat: &FlatLine) {
        flat.suspect.iter().for_each(|span| self.positive_span("flat_line.suspect", *span));
        flat.fail.iter().for_each(|span| self.positive_span("flat_line.fail", *span));
        self.any("flat_line", flat.suspect.or(flat.fail).is_some(), "suspect or fail");
        if let (Some(suspect), Some(fail)) = (flat.suspect, flat.fail)
            && suspect > fail
        {
            self.0.push(format!("flat_line.suspect = {suspect} is longer than fail = {fail}"));
        }
        self.not_negative("flat_line.tolerance", flat.tolerance);
        self.finite("flat_line.ignore_at_or_below", flat.ignore_at_or_below);
        self.finite("flat_line.ignore_at_or_above", flat.ignore_at_or_above);
    }

    fn cross_check(&mut self, cross: &CrossCheck) {
        self.not_negative("cross_check.tolerance", cross.tolerance);
        self.positive_span("cross_check.within", cross.within);
    }

    /// A suspect and a fail threshold of which at least one is given, above 0, suspect first.
    fn pair(&mut self, name: &str, suspect: Option<f64>, fail: Option<f64>) {
        self.any(name, suspect.or(fail).is_some(), "suspect or fail");
        for (key, value) in [("suspect", suspect), ("fail", fail)] {
            if let Some(value) = value.filter(|value| !(value.is_finite() && *value > 0.0)) {
                self.0.push(format!("{name}.{key} = {value} must be a number above 0"));
            }
        }
        if let (Some(suspect), Some(fail)) = (suspect, fail)
            && suspect > fail
        {
            self.0.push(format!("{name}.suspect = {suspect} is more than fail = {fail}"));
        }
    }

    fn inside(
        &mut self,
        key: &str,
        suspect: Option<f64>,
        fail_key: &str,
        fail: Option<f64>,
        side: f64,
    ) {
        if let (Some(suspect), Some(fail)) = (suspect, fail)
            && (suspect - fail) * side < 0.0
        {
            self.0.push(format!(
                "{key} = {suspect} lies outside {fail_key} = {fail}: suspect limits lie inside fail limits"
            ));
        }
    }

    fn ordered(&mut self, name: &str, min: Option<f64>, max: Option<f64>) {
        if let (Some(min), Some(max)) = (min, max)
            && min >= max
        {
            self.0.push(format!("gross.{name}_min = {min} is not below {name}_max = {max}"));
        }
    }

    fn any(&mut self, name: &str, given: bool, what: &str) {
        if !given {
            self.0.push(format!("{name} says nothing: give {what}, or leave it out"));
        }
    }

    fn finite(&mut self, key: &str, value: Option<f64>) {
        if let Some(value) = value.filter(|value| !value.is_finite()) {
            self.0.push(format!("{key} = {value} is not a number: leave it out for no limit"));
        }
    }

    fn not_negative(&mut self, key: &str, value: f64) {
        if !(value.is_finite() && value >= 0.0) {
            self.0.push(format!("{key} = {value} must be a number from 0 on"));
        }
    }

    fn positive_span(&mut self, key: &str, span: Span) {
        if span <= Span::ZERO {
            self.0.push(format!("{key} = {span} must be longer than nothing"));
        }
    }
}
