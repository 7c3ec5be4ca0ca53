//! Which alarm level a stage is held against when it is printed.

use crate::Level;

/// The last báo động; above it stands the highest flood on record, which is no level to stand below.
pub const HIGHEST: Level = Level(3);

/// The báo động nearest to the value, the upper one when two are equally near: bulletins print `dưới BĐ3 0,38`, not
/// `trên BĐ2 0,62`. `of` gives the number and the value of an entry; the record is never chosen.
pub fn nearest<T>(value: f64, levels: &[T], of: impl Fn(&T) -> (Level, f64)) -> Option<&T> {
    let stages = levels.iter().filter(|one| (Level(1)..=HIGHEST).contains(&of(one).0));
    let rank = |one: &&T| {
        let (_, mark) = of(one);
        ((value - mark).abs(), -mark)
    };
    stages.min_by(|a, b| {
        let ((near_a, up_a), (near_b, up_b)) = (rank(a), rank(b));
        // Distances are differences of decimal fractions: a hair is no difference.
        let same = (near_a - near_b).abs() < 1e-9;
        if same { up_a.total_cmp(&up_b) } else { near_a.total_cmp(&near_b) }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_level_is_named_and_never_the_record() {
        let levels = [(Level(1), 6.0), (Level(2), 7.0), (Level(3), 8.0), (Level(4), 9.68)];
        let check = |value: f64, expected: u8| {
            let found = nearest(value, &levels, |one| *one).map(|(level, _)| level.0);
            assert_eq!(found, Some(expected), "{value}");
        };
        check(5.2, 1);
        check(6.49, 1);
        check(6.5, 2);
        check(7.62, 3);
        check(9.7, 3);
        let others = [(Level(1), 5.1), (Level(2), 5.3)];
        assert_eq!(nearest(5.2, &others, |one| *one).map(|one| one.0), Some(Level(2)));
        assert_eq!(nearest(5.2, &[(Level(4), 9.68)], |one| *one), None);
    }
}
