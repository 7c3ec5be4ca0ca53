//! Forecasts are taken or refused, and touch nothing else.
#![allow(clippy::unwrap_used, reason = "a test may fail")]

mod common;

use common::{World, t};
use domain::{
    ArrivalBody, CommandError, Forecast, ForecastAct, ForecastPoint, Outcome, Processor as _,
};

fn forecast() -> Forecast {
    let point = |minute, value| ForecastPoint { at: t(minute), value, low: None, high: None };
    Forecast {
        station: "tren".parse().unwrap(),
        parameter: "water_level".parse().unwrap(),
        source: "Đài KTTV".to_owned(),
        issued_at: t(60),
        points: vec![point(360, 6.5), point(720, 7.25)],
        remark: String::new(),
        refined: true,
    }
}

fn hand_in(world: &mut World, forecast: Forecast) -> Outcome {
    let body = ArrivalBody::Forecast { user: "an".to_owned(), act: ForecastAct::Issue(forecast) };
    world.take(t(70), body).clone()
}

#[test]
fn a_forecast_that_cannot_be_is_refused_by_name() {
    let mut world = World::actual();
    let mut check = |change: &dyn Fn(&mut Forecast), expected: &str| {
        let mut changed = forecast();
        change(&mut changed);
        let said = match hand_in(&mut world, changed).command.unwrap() {
            Ok(()) => String::new(),
            Err(CommandError::Forecast(said)) => said,
            Err(other) => panic!("{other}"),
        };
        assert!(said.contains(expected) && said.is_empty() == expected.is_empty(), "{said}");
    };
    check(&|_| {}, "");
    check(&|f| f.station = "nowhere".parse().unwrap(), "there is no station 'nowhere'");
    check(&|f| f.parameter = "rain_counter".parse().unwrap(), "none that can be forecast");
    check(&|f| f.parameter = "wind_speed".parse().unwrap(), "'tren' does not have 'wind_speed'");
    check(&|f| f.points[1].value = 99.0, "points[1].value: 99 m is above");
    check(&|f| f.issued_at = t(200), "is in the future");
    check(&|f| f.issued_at = t(-20_000_000), "the beginning of records");
    check(&|f| f.points[1].at = t(60 + 10 * 1_440 + 1), "more than 10d after the issue");
    check(&|f| f.points.clear(), "points: 0");
}

#[test]
fn it_changes_nothing_that_is_measured_and_a_restart_changes_nothing_of_it() {
    let run = |with: bool| {
        let mut world = World::actual();
        for minute in 0..30 {
            world.stage(minute * 10, 5.0 + minute as f64 / 10.0);
            if with && minute == 6 {
                let outcome = hand_in(&mut world, forecast());
                assert_eq!(outcome, Outcome { command: Some(Ok(())), ..Outcome::default() });
                world.restart();
            }
        }
        world
    };
    let (with, without) = (run(true), run(false));
    assert_eq!(with.record("flood"), without.record("flood"));
    assert_eq!(with.pipeline.health(), without.pipeline.health());
    let reason = |text: &str| ForecastAct::Withdraw { forecast: 1, reason: text.to_owned() };
    let mut world = with;
    let mut withdraw = |text: &str| {
        let body = ArrivalBody::Forecast { user: "an".to_owned(), act: reason(text) };
        world.take(t(400), body).command.clone().unwrap()
    };
    assert_eq!(withdraw(" "), Err(CommandError::ReasonMissing));
    assert_eq!(withdraw("sai"), Ok(()));
}
