//! How much has fallen until a time.

use domain::Time;

use super::Amount;

/// The amounts of one series.
#[derive(Debug, Default)]
pub(super) struct Parts<'a>(Vec<(&'a Amount, &'a [f64])>);

impl<'a> Parts<'a> {
    pub(super) fn add(&mut self, amount: &'a Amount, weights: &'a [f64]) {
        self.0.push((amount, weights));
    }

    /// The sum of everything until then, canonical unit.
    pub(super) fn until(&self, at: Time) -> f64 {
        self.0.iter().map(|(amount, weights)| fallen(amount, weights, at)).sum()
    }
}

fn fallen(amount: &Amount, weights: &[f64], at: Time) -> f64 {
    if at <= amount.from {
        return 0.0;
    }
    if at >= amount.to {
        return amount.total;
    }
    let share = (at - amount.from).as_hours() / (amount.to - amount.from).as_hours();
    let slices = share * weights.len() as f64;
    let whole = slices.floor() as usize;
    let partial = weights.get(whole).map_or(0.0, |weight| weight * slices.fract());
    let sum: f64 = weights.iter().sum();
    amount.total * (weights[..whole].iter().sum::<f64>() + partial) / sum
}
