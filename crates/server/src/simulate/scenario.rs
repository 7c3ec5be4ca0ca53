//! A scenario: printed values of a flood, and what is invented between and beside them.
//!
//! Its format is described in the README beside each scenario. Everything that is worked out here (the
//! curve between two printed values, the spreading of a total) is a deterministic function of the file.

mod amount;
mod read;

use std::collections::BTreeMap;

use domain::{ParameterId, Span, StationId, Time};
use serde::Deserialize;

use super::interpolate::Curve;
use super::{Recording, Value};

pub use read::read;

/// `scenario.toml`.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Scenario {
    /// Short name.
    pub name: String,
    /// Title, Vietnamese; says what is interpolated and invented.
    pub title_vi: String,
    /// Title, English.
    pub title_en: String,
    /// First step.
    pub from: Time,
    /// Last step.
    pub to: Time,
    /// How often every station publishes.
    pub step: Span,
    /// CSV files beside it with more anchors, all of them invented.
    #[serde(default)]
    pub anchor_files: Vec<String>,
    /// Values at a time.
    #[serde(default, rename = "anchor")]
    pub anchors: Vec<Anchor>,
    /// Decimals that a station publishes, by parameter.
    #[serde(default)]
    pub decimals: BTreeMap<ParameterId, u8>,
    /// The same value from every station at every step.
    #[serde(default)]
    pub steady: Vec<Steady>,
    /// How an amount is spread.
    #[serde(default, rename = "shape")]
    pub shapes: Vec<Shape>,
    /// How much falls where and when.
    #[serde(default, rename = "amount")]
    pub amounts: Vec<Amount>,
}

/// The value of a series at a time.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Anchor {
    /// Where.
    pub station: StationId,
    /// Of what.
    pub parameter: ParameterId,
    /// When.
    pub time: Time,
    /// Canonical unit.
    pub value: f64,
    /// Who printed it.
    #[serde(default)]
    pub source: String,
    /// Invented.
    #[serde(default)]
    pub scenario: bool,
}

/// The same value from every station at every step.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Steady {
    /// Of what.
    pub parameter: ParameterId,
    /// Canonical unit.
    pub value: f64,
    /// Why.
    pub source: String,
}

/// How an amount is spread over its span: so many equal slices, evenly within each.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Shape {
    /// Its name.
    pub name: String,
    /// One weight per slice; not all zero, none below.
    pub weights: Vec<f64>,
}

/// So much falls at each of these stations in `(from, to]`.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Amount {
    /// Where.
    pub stations: Vec<StationId>,
    /// Of what.
    pub parameter: ParameterId,
    /// Exclusive.
    pub from: Time,
    /// Inclusive.
    pub to: Time,
    /// At each station, canonical unit.
    pub total: f64,
    /// Name of a shape; absent = evenly.
    #[serde(default)]
    pub shape: Option<String>,
    /// Who printed it.
    pub source: String,
    /// Invented.
    #[serde(default)]
    pub scenario: bool,
}

impl Scenario {
    /// What its stations publish.
    #[must_use]
    pub fn recording(&self) -> Recording {
        let mut recording = Recording::default();
        for ((station, parameter), curve) in self.curves() {
            for (at, value) in curve.steps(self.step) {
                self.publish(&mut recording, station, at, parameter, value);
            }
        }
        for ((station, parameter), parts) in self.totals() {
            let rounded = |at: Time| self.rounded(parameter, parts.until(at));
            for at in self.times() {
                let part = rounded(at) - rounded(at - self.step);
                self.publish(&mut recording, station, at, parameter, part);
            }
        }
        let stations: Vec<StationId> = recording.stations.keys().cloned().collect();
        for (steady, station) in
            self.steady.iter().flat_map(|s| stations.iter().map(move |t| (s, t)))
        {
            for at in self.times() {
                self.publish(&mut recording, station, at, &steady.parameter, steady.value);
            }
        }
        recording.sort();
        recording
    }

    fn times(&self) -> impl Iterator<Item = Time> + use<> {
        let (step, to) = (self.step, self.to);
        std::iter::successors(Some(self.from), move |at| Some(*at + step))
            .take_while(move |at| *at <= to)
    }

    fn curves(&self) -> BTreeMap<(&StationId, &ParameterId), Curve> {
        let mut points: BTreeMap<_, Vec<(Time, f64)>> = BTreeMap::new();
        for anchor in &self.anchors {
            let key = (&anchor.station, &anchor.parameter);
            points.entry(key).or_default().push((anchor.time, anchor.value));
        }
        points
            .into_iter()
            .map(|(key, mut points)| {
                points.sort_by_key(|(at, _)| *at);
                (key, Curve::through(points))
            })
            .collect()
    }

    fn totals(&self) -> BTreeMap<(&StationId, &ParameterId), amount::Parts<'_>> {
        let mut totals: BTreeMap<_, amount::Parts<'_>> = BTreeMap::new();
        for amount in &self.amounts {
            let shape = self.shapes.iter().find(|shape| Some(&shape.name) == amount.shape.as_ref());
            let weights = shape.map_or([1.0].as_slice(), |shape| &shape.weights);
            for station in &amount.stations {
                totals.entry((station, &amount.parameter)).or_default().add(amount, weights);
            }
        }
        totals
    }

    fn publish(
        &self,
        recording: &mut Recording,
        station: &StationId,
        at: Time,
        parameter: &ParameterId,
        value: f64,
    ) {
        let value = self.rounded(parameter, value);
        let value = Value { parameter: parameter.clone(), sensor: None, unit: None, value };
        if (self.from..=self.to).contains(&at) {
            recording.add(station, at, value);
        }
    }

    fn rounded(&self, parameter: &ParameterId, value: f64) -> f64 {
        let scale = self.decimals.get(parameter).map(|decimals| 10f64.powi((*decimals).into()));
        // Adding zero turns −0 into 0.
        scale.map_or(value, |scale| (value * scale).round() / scale + 0.0)
    }
}
