//! Serves until the stop signal.

use std::io;
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use crate::app::App;
use crate::config::WebConfig;
use crate::door::{Door, Peer};
use crate::limit::Crowd;
use crate::parts::Parts;
use crate::{live, measures, router, status};

/// After the stop signal, requests in flight have this long; less than the server waits for the whole door.
const GRACE: Duration = Duration::from_secs(8);

/// Serves on a listener of the caller's until the caller's stop signal; then finishes the requests in
/// flight, ends the live streams, and says when somebody is late.
///
/// The crowd is held off by counted places and rates; a runtime of its own keeps it off the CPU of the
/// intake as well.
///
/// # Errors
/// What feeds the pages ended before the stop signal: they would show old things as new.
pub async fn run(
    listener: TcpListener,
    parts: Parts,
    config: WebConfig,
    stop: CancellationToken,
) -> io::Result<()> {
    measures::start();
    // Its end by itself must not look like one that was asked for.
    let stop = stop.child_token();
    let crowd = Crowd::new(config.connections, config.connections_per_address);
    let proxies = config.trusted_proxies.iter().map(std::net::IpAddr::to_canonical).collect();
    let app = App::new(parts, config, stop.clone());
    let mut feeds = JoinSet::new();
    feeds.spawn(live::run(app.clone()));
    feeds.spawn(status::run(app.clone()));
    let service = router::router(app).into_make_service_with_connect_info::<Peer>();
    let door = Door::new(listener, crowd, proxies);
    let serving = axum::serve(door, service).with_graceful_shutdown(stop.clone().cancelled_owned());
    let late = async {
        stop.cancelled().await;
        tokio::time::sleep(GRACE).await;
    };
    let ended = tokio::select! {
        ended = serving => ended,
        ended = feed_ends(&mut feeds, &stop) => ended,
        () = late => {
            let grace_s = GRACE.as_secs();
            tracing::warn!(grace_s, "Some web connections did not end in time and were cut.");
            Ok(())
        }
    };
    while let Some(fed) = feeds.join_next().await {
        if let Err(error) = fed {
            tracing::error!(%error, "A task of the web door ended by a fault.");
        }
    }
    ended
}

/// Resolves when one of the feeds ends although nobody told it to.
async fn feed_ends(feeds: &mut JoinSet<()>, stop: &CancellationToken) -> io::Result<()> {
    let ended = tokio::select! {
        () = stop.cancelled() => std::future::pending().await,
        ended = feeds.join_next() => ended,
    };
    if stop.is_cancelled() {
        return std::future::pending().await;
    }
    stop.cancel();
    let why = match ended {
        Some(Err(fault)) => fault.to_string(),
        _ => "it returned".to_owned(),
    };
    Err(io::Error::other(format!("what feeds the pages ended: {why}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_feed_that_panics_ends_the_door_and_one_that_was_stopped_does_not() {
        let (mut feeds, stop) = (JoinSet::new(), CancellationToken::new());
        feeds.spawn(async { panic!("a test's panic") });
        let why = feed_ends(&mut feeds, &stop).await.expect_err("a fault").to_string();
        assert!(why.starts_with("what feeds the pages ended"), "{why}");
        assert!(stop.is_cancelled(), "the other feeds end too");

        feeds.spawn(async {});
        let ended = feed_ends(&mut feeds, &stop);
        assert!(tokio::time::timeout(Duration::from_millis(50), ended).await.is_err());
    }
}
