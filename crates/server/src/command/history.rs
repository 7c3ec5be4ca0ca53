//! `quantrac history`: how far the long memory is, and filling an empty server.

use std::io::IsTerminal as _;
use std::time::{Duration, Instant};

use anyhow::{Result, anyhow, bail};
use history::HistoryConfig;
use history::{Progress, check, rebuild};

use super::people::{ledger_path, reader};
use crate::cli::{History, HistoryOptions};
use crate::console::{complain, complain_over, say};
use crate::secrets::Secrets;
use crate::serve;

/// How often progress is shown on a terminal, and elsewhere.
const OFTEN: Duration = Duration::from_millis(200);
const SELDOM: Duration = Duration::from_secs(5);
/// Characters of the bar.
const BAR: usize = 30;
/// Refused points that `status` shows.
const SHOWN: usize = 5;

/// Carries out `quantrac history …`.
///
/// # Errors
/// There is no server in the settings or no ledger, the ledger is in use, or the server does not do as asked.
pub async fn run(command: History) -> Result<()> {
    match command {
        History::Status(options) => status(&options).await,
        History::Rebuild(options) => fill(&options).await,
    }
}

async fn status(options: &HistoryOptions) -> Result<()> {
    let (config, secrets) = setup(options)?;
    let reader = reader(&options.data.data)?;
    let (cursor, last) = (reader.history_cursor()?.unwrap_or(0), reader.last_seq()?);
    let refused = reader.count_refused_points()?;
    let token = serve::token(&secrets, &config.token_secret);
    let answer = check(&config, &token).await;
    say(format!("server   {}", config.url.as_deref().unwrap_or_default()));
    say(format!("buckets  {}", config.bucket(reader.realm()?, "…")));
    say(format!(
        "state    {}",
        answer.as_ref().map_or_else(ToString::to_string, |()| "it answers".to_owned())
    ));
    say(format!("cursor   {cursor} of {last} arrivals, {} behind", last.saturating_sub(cursor)));
    say(format!("refused  {refused} points"));
    for point in reader.refused_points(u64::MAX, SHOWN)? {
        say(format!("  {} {}: {}", point.seq, point.line, point.reason));
    }
    if answer.is_err() {
        bail!("the history server cannot be used");
    }
    Ok(())
}

async fn fill(options: &HistoryOptions) -> Result<()> {
    let (config, secrets) = setup(options)?;
    let token = serve::token(&secrets, &config.token_secret);
    let path = ledger_path(&options.data.data);
    let terminal = std::io::stderr().is_terminal();
    let (begun, mut shown) = (Instant::now(), None::<Instant>);
    let pause = if terminal { OFTEN } else { SELDOM };
    let each = |progress: Progress| {
        let end = progress.cursor >= progress.last;
        if end || shown.is_none_or(|shown| shown.elapsed() >= pause) {
            shown = Some(Instant::now());
            let line = bar(progress, begun.elapsed());
            if terminal && !end { complain_over(line) } else { complain(format!("\r{line}")) }
        }
    };
    let done = rebuild(&path, &config, &token, each).await.map_err(|error| anyhow!(error))?;
    let seconds = done.took.as_secs_f64().max(0.001);
    let speed = done.points as f64 / seconds;
    let (arrivals, points) = (done.arrivals, done.points);
    say(format!(
        "{arrivals} arrivals, {points} points written in {seconds:.1} s: {speed:.0} points/s"
    ));
    if done.expired > 0 {
        say(format!("{} points are older than the bucket keeps and were left out", done.expired));
    }
    if done.refused > 0 {
        say(format!(
            "{} points were refused and are put aside: quantrac history status",
            done.refused
        ));
    }
    Ok(())
}

fn setup(options: &HistoryOptions) -> Result<(HistoryConfig, Secrets)> {
    let config = serve::settings(Some(&options.settings), None, None)?.history;
    if config.url.is_none() {
        let shown = options.settings.display();
        bail!("'{shown}' names no history server: write [history] url = \"http://host:8086\"");
    }
    Ok((config, Secrets::open(&options.data.data)?))
}

/// `[########……] 40 %  1200000 points  52000/s  38 s left`
fn bar(progress: Progress, elapsed: Duration) -> String {
    let Progress { cursor, last, points } = progress;
    let share = if last == 0 { 1.0 } else { cursor as f64 / last as f64 };
    let full = ((share * BAR as f64) as usize).min(BAR);
    let seconds = elapsed.as_secs_f64().max(0.001);
    let left = seconds / share.max(1e-6) - seconds;
    format!(
        "[{}{}] {:3.0} %  {points} points  {:.0}/s  {left:.0} s left ",
        "#".repeat(full),
        ".".repeat(BAR - full),
        share * 100.0,
        points as f64 / seconds
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bar_says_how_far_how_fast_and_how_long() {
        let line = bar(Progress { cursor: 50, last: 100, points: 1_000 }, Duration::from_secs(10));
        assert_eq!(
            line,
            format!("[{}{}]  50 %  1000 points  100/s  10 s left ", "#".repeat(15), ".".repeat(15))
        );
        let empty = bar(Progress { cursor: 0, last: 0, points: 0 }, Duration::ZERO);
        assert!(empty.contains("100 %"), "{empty}");
    }
}
