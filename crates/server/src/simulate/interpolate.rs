//! Between printed values: a curve that neither overshoots nor undershoots them.

use domain::{Span, Time};

/// A curve through points, in order of time.
///
/// Monotone cubic interpolation (Fritsch and Carlson, SIAM J. Numer. Anal. 17, 1980; slopes as the weighted
/// harmonic mean of Fritsch and Butland, 1984): between two points it stays between their values, so
/// that no crossing of a level appears that nobody printed.
#[derive(Debug, Clone)]
pub(crate) struct Curve {
    points: Vec<(Time, f64)>,
    /// Per hour, at each point.
    slopes: Vec<f64>,
}

impl Curve {
    /// Points in ascending order of time, each time once.
    pub(crate) fn through(points: Vec<(Time, f64)>) -> Self {
        let slopes = (0..points.len()).map(|n| slope(&points, n)).collect();
        Self { points, slopes }
    }

    /// The value at a time; `None` outside the first and the last point.
    pub(crate) fn at(&self, at: Time) -> Option<f64> {
        let behind = self.points.partition_point(|(time, _)| *time < at);
        let (time, value) = *self.points.get(behind)?;
        if time == at {
            return Some(value);
        }
        let (before_time, before) = *self.points.get(behind.checked_sub(1)?)?;
        let width = (time - before_time).as_hours();
        let t = (at - before_time).as_hours() / width;
        let (start, end) = (self.slopes[behind - 1] * width, self.slopes[behind] * width);
        let (t2, t3) = (t * t, t * t * t);
        let cubic = before * (2.0 * t3 - 3.0 * t2 + 1.0)
            + start * (t3 - 2.0 * t2 + t)
            + value * (3.0 * t2 - 2.0 * t3)
            + end * (t3 - t2);
        Some(cubic.clamp(before.min(value), before.max(value)))
    }

    /// Every whole `step` from the first to the last point.
    pub(crate) fn steps(&self, step: Span) -> impl Iterator<Item = (Time, f64)> + '_ {
        let first = self.points.first().map_or(Time::from_millis(0), |(at, _)| *at);
        let last = self.points.last().map(|(at, _)| *at);
        let start = match first.floor(step, Span::ZERO) {
            floor if floor == first => first,
            floor => floor + step,
        };
        std::iter::successors(Some(start), move |at| Some(*at + step))
            .take_while(move |at| last.is_some_and(|last| *at <= last))
            .filter_map(|at| self.at(at).map(|value| (at, value)))
    }
}

fn slope(points: &[(Time, f64)], n: usize) -> f64 {
    // At the ends the curve is level, as a river is before and after its flood.
    let (Some(before), Some(after)) = (n.checked_sub(1).map(|n| points[n]), points.get(n + 1))
    else {
        return 0.0;
    };
    let (left, right) = ((points[n].0 - before.0).as_hours(), (after.0 - points[n].0).as_hours());
    let (rise, next) = ((points[n].1 - before.1) / left, (after.1 - points[n].1) / right);
    if rise * next <= 0.0 {
        return 0.0;
    }
    let (near, far) = (2.0 * right + left, right + 2.0 * left);
    (near + far) / (near / rise + far / next)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn hour(hour: i64) -> Time {
        Time::from_millis(0) + Span::hours(hour)
    }

    #[test]
    fn a_straight_line_stays_straight_in_its_middle() {
        let curve = Curve::through((0..5).map(|n| (hour(n), n as f64)).collect());
        let middle = curve.at(hour(2) + Span::minutes(30)).expect("inside");
        assert!((middle - 2.5).abs() < 1e-9, "{middle}");
        assert_eq!(curve.at(hour(5)), None);
        assert_eq!(curve.at(hour(-1)), None);
    }

    #[test]
    fn steps_are_whole_and_inside() {
        let curve = Curve::through(vec![(hour(0) + Span::minutes(5), 1.0), (hour(1), 2.0)]);
        let times: Vec<Time> = curve.steps(Span::minutes(10)).map(|(at, _)| at).collect();
        assert_eq!(times.first(), Some(&(hour(0) + Span::minutes(10))));
        assert_eq!(times.last(), Some(&hour(1)));
        assert_eq!(times.len(), 6);
    }

    proptest! {
        #[test]
        fn the_curve_goes_through_its_points_and_stays_between_neighbours(
            values in prop::collection::vec(-10.0..10.0f64, 2..20),
            gaps in prop::collection::vec(1..30i64, 20),
        ) {
            let mut at = 0;
            let points: Vec<(Time, f64)> = values.iter().zip(gaps).map(|(value, gap)| {
                at += gap;
                (hour(at), *value)
            }).collect();
            let curve = Curve::through(points.clone());
            for pair in points.windows(2) {
                let ((from, start), (to, end)) = (pair[0], pair[1]);
                prop_assert_eq!(curve.at(from), Some(start));
                let middle = curve.at(from + Span::from_millis((to - from).millis() / 3)).expect("inside");
                prop_assert!(start.min(end) <= middle && middle <= start.max(end));
            }
        }
    }
}
