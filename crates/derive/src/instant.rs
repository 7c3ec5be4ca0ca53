//! What is derived from the state at an instant: rate of rise, wind force.

use domain::{Point, QcFlag, Span};

/// How far a stage is above a level, m; below it less than 0.
#[must_use]
pub fn over(stage: f64, level: f64) -> f64 {
    ((stage - level) * 1e4).round() / 1e4
}

/// Rate of rise in cm/h at the newest of `points`, against the point whose distance is nearest to `window`
/// among those at least `min` and at most `max` older. Bad and missing points do not count. Over less than three
/// quarters of `window` a wave or a lost report makes any rate: that is never good.
#[must_use]
pub fn rise(points: &[Point], min: Span, window: Span, max: Span) -> Option<(f64, QcFlag)> {
    let usable = |point: &&Point| !matches!(point.flag, QcFlag::Bad | QcFlag::Missing);
    let now = points.last().filter(usable)?;
    let first = points.partition_point(|point| now.at - point.at > max);
    let stop = points.partition_point(|point| now.at - point.at >= min);
    let distance = |point: &&Point| ((now.at - point.at).millis() - window.millis()).abs();
    let then = points[first..stop].iter().filter(usable).min_by_key(distance)?;
    let hours = (now.at - then.at).as_hours();
    let short = (now.at - then.at).millis() * 4 < window.millis() * 3;
    let worst = if short { QcFlag::NotEvaluated } else { QcFlag::Good };
    let rate = (now.value - then.value) * 100.0 / hours;
    Some(((rate * 100.0).round() / 100.0, now.flag.max(then.flag).max(worst)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::Time;

    fn points(levels: &[(i64, f64)]) -> Vec<Point> {
        let point = |&(minute, value): &(i64, f64)| Point {
            at: Time::from_millis(minute * 60_000),
            value,
            flag: QcFlag::Good,
        };
        levels.iter().map(point).collect()
    }

    #[test]
    fn the_rate_is_per_hour_whatever_the_distance() {
        let check = |levels: &[(i64, f64)], expected| {
            let rate = rise(&points(levels), Span::minutes(30), Span::hours(1), Span::hours(3));
            assert_eq!(rate.map(|(rate, _)| rate), expected);
        };
        check(&[(0, 5.0), (10, 5.1), (60, 5.12)], Some(12.0));
        check(&[(0, 5.0), (120, 5.5)], Some(25.0));
        check(&[(0, 5.0), (20, 5.5)], None);
        check(&[(0, 5.0), (200, 5.5)], None);
    }

    #[test]
    fn a_rate_over_a_short_time_is_not_good() {
        let flag = |minutes| {
            let two = points(&[(0, 5.0), (minutes, 5.1)]);
            rise(&two, Span::minutes(20), Span::hours(1), Span::hours(3)).map(|(_, flag)| flag)
        };
        assert_eq!([flag(30), flag(45)], [Some(QcFlag::NotEvaluated), Some(QcFlag::Good)]);
    }
}
