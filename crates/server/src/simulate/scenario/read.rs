//! A scenario from its folder, checked.

use std::path::Path;

use anyhow::{Context, Result, bail};
use serde::Deserialize;

use super::{Anchor, Scenario};

/// A line of an anchor file.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Row {
    station: String,
    parameter: String,
    time: String,
    value: f64,
}

/// Reads `scenario.toml` of a folder and the anchor files beside it.
///
/// # Errors
/// A file cannot be read or understood, or its numbers make no sense: everything that is wrong.
pub fn read(folder: &Path) -> Result<Scenario> {
    let path = folder.join("scenario.toml");
    let shown = path.display();
    let text = std::fs::read_to_string(&path)
        .with_context(|| format!("cannot read the scenario '{shown}'"))?;
    let mut scenario: Scenario =
        toml::from_str(&text).with_context(|| format!("'{shown}' is not a scenario"))?;
    for name in scenario.anchor_files.clone() {
        scenario.anchors.extend(anchor_file(folder, &name)?);
    }
    let faults = faults(&scenario);
    if !faults.is_empty() {
        bail!("'{shown}' has {} faults:\n{}", faults.len(), faults.join("\n"));
    }
    Ok(scenario)
}

fn anchor_file(folder: &Path, name: &str) -> Result<Vec<Anchor>> {
    if name.contains(['/', '\\']) {
        bail!("anchor file '{name}' is not in the scenario's own folder: put it there");
    }
    let path = folder.join(name);
    let shown = path.display();
    let mut reader =
        csv::Reader::from_path(&path).with_context(|| format!("cannot read '{shown}'"))?;
    let row = |(n, row): (usize, csv::Result<Row>)| {
        let line = || format!("'{shown}' line {}", n + 2);
        let row = row.with_context(line)?;
        Ok(Anchor {
            station: row.station.parse().with_context(line)?,
            parameter: row.parameter.parse().with_context(line)?,
            time: row.time.parse().with_context(line)?,
            value: row.value,
            source: String::new(),
            scenario: true,
        })
    };
    reader.deserialize().enumerate().map(row).collect()
}

fn faults(scenario: &Scenario) -> Vec<String> {
    let mut faults = Vec::new();
    let mut check = |good: bool, fault: &dyn Fn() -> String| {
        if !good {
            faults.push(fault());
        }
    };
    check(scenario.from < scenario.to, &|| {
        format!("to = {}: is not after from = {}", scenario.to, scenario.from)
    });
    check(scenario.step.millis() > 0, &|| format!("step = {}: is not above 0", scenario.step));
    let mut seen = std::collections::BTreeSet::new();
    for anchor in &scenario.anchors {
        let place = || format!("anchor {} {} {}", anchor.station, anchor.parameter, anchor.time);
        let first = seen.insert((&anchor.station, &anchor.parameter, anchor.time));
        check(first, &|| format!("{}: is there twice", place()));
        check(anchor.value.is_finite(), &|| format!("{}: is no number", place()));
        let named = anchor.scenario || !anchor.source.is_empty();
        check(named, &|| format!("{}: has no source: name one, or mark it scenario", place()));
    }
    for shape in &scenario.shapes {
        let good = shape.weights.iter().all(|weight| weight.is_finite() && *weight >= 0.0)
            && shape.weights.iter().sum::<f64>() > 0.0;
        check(good, &|| format!("shape {}: weights must not be below 0, nor all 0", shape.name));
    }
    for amount in &scenario.amounts {
        let place = || format!("amount of {} from {}", amount.parameter, amount.from);
        check(amount.from < amount.to, &|| format!("{}: ends before it begins", place()));
        let total = amount.total.is_finite() && amount.total >= 0.0;
        check(total, &|| format!("{}: total = {} is below 0", place(), amount.total));
        let known = amount
            .shape
            .as_ref()
            .is_none_or(|name| scenario.shapes.iter().any(|shape| shape.name == *name));
        check(known, &|| format!("{}: shape {:?} is not there", place(), amount.shape));
    }
    faults
}
