//! The reference tests' semantics, row by row, where ours agree; the differences are in `better.rs`.

use crate::common::check;

#[test]
fn gross_range_limits_are_inclusive() {
    let limits =
        "gross = { fail_min = 0.0, fail_max = 15.0, suspect_min = 1.0, suspect_max = 12.0 }";
    check(limits, "0:-0.01 1:0 2:0.99 3:1 4:12 5:12.01 6:15 7:15.01", "43311334");
}

#[test]
fn gross_range_answers_missing_with_missing_and_infinite_with_bad() {
    let limits = "gross = { fail_min = 0.0 }";
    check(limits, "0:1 1:- 2:nan 3:inf 4:-inf", "19944");
    check("", "0:1 1:inf", "24");
}

#[test]
fn gross_range_may_have_one_side_only() {
    check("gross = { suspect_max = 12.0 }", "0:-999 1:12 2:13", "113");
}

#[test]
fn rate_is_strict_and_counts_real_time() {
    let limits = "rate = { suspect = 0.5, fail = 2.0, per = '10min' }";
    check(limits, "0:1 10:1.5", "21");
    check(limits, "0:1 10:1.51", "23");
    check(limits, "0:1 20:2", "21");
    check(limits, "0:1 5:1.26", "23");
    check(limits, "0:1 10:3", "23");
    check(limits, "0:1 10:3.1", "24");
    check(limits, "0:3.1 10:1", "24");
}

#[test]
fn rate_forgives_rounding_errors_of_decimals() {
    check("rate = { suspect = 0.1, per = '10min' }", "0:0.2 10:0.3 20:0.4 30:0.3", "2111");
}

#[test]
fn rate_leaves_a_missing_value_missing() {
    let limits = "rate = { suspect = 0.5, per = '10min' }";
    check(limits, "0:1 10:- 20:1.2", "291");
}

#[test]
fn spike_takes_the_smaller_of_two_opposite_steps() {
    let limits = "gross = { fail_min = 0.0 }\nspike = { suspect = 0.5, fail = 2.0 }";
    check(limits, "0:1 1:1.6 2:1", "131");
    check(limits, "0:1 1:1.5 2:1", "111");
    check(limits, "0:1 1:9 2:1", "141");
    check(limits, "0:9 1:1 2:9", "141");
    check(limits, "0:1 1:9 2:8.4", "131");
    check(limits, "0:1 1:9 2:9.5", "111");
}

#[test]
fn spike_leaves_the_ends_and_the_neighbours_of_missing_values_alone() {
    let limits = "gross = { fail_min = 0.0 }\nspike = { suspect = 0.5 }";
    check(limits, "0:9 1:1", "11");
    check(limits, "0:1 1:9", "11");
    check(limits, "0:1 1:- 2:9 3:1", "1911");
    check(limits, "0:1 1:9 2:- 3:1", "1191");
}

#[test]
fn spike_alone_is_never_good_because_the_last_value_is_undecided() {
    check("spike = { suspect = 0.5 }", "0:1 1:1 2:1", "222");
}

#[test]
fn a_two_point_spike_escapes_the_spike_check() {
    let limits = "gross = { fail_min = 0.0 }\nspike = { suspect = 0.5 }";
    check(limits, "0:1 1:9 2:9 3:1", "1111");
}

#[test]
fn flat_line_counts_from_the_first_equal_value() {
    let limits = "flat_line = { suspect = '30min', fail = '60min' }";
    check(limits, "0:1 10:1 20:1 30:1 40:1 50:1 60:1 70:2 80:2", "111333411");
}

#[test]
fn flat_line_ignores_missing_values_inside() {
    check("flat_line = { suspect = '30min' }", "0:1 10:- 20:1 30:1", "1913");
}

#[test]
fn flat_line_tolerance_bounds_highest_less_lowest() {
    let limits = "flat_line = { suspect = '30min', tolerance = 0.02 }";
    check(limits, "0:1 10:1.02 20:1.01 30:1", "1113");
    check(limits, "0:1 10:1.02 20:0.99 30:1", "1111");
}

#[test]
fn nothing_configured_is_nothing_evaluated() {
    check("", "0:1 1:2 2:-", "229");
    check("gap = '1h'", "0:1 1:2", "22");
}
