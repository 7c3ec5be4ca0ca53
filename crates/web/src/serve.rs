//! Serves until the stop signal.

use std::io;
use std::time::Duration;

use tokio::net::TcpListener;
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
/// Never by itself; reserved for the listener.
pub async fn run(
    listener: TcpListener,
    parts: Parts,
    config: WebConfig,
    stop: CancellationToken,
) -> io::Result<()> {
    measures::start();
    let crowd = Crowd::new(config.connections, config.connections_per_address);
    let proxies = config.trusted_proxies.iter().map(std::net::IpAddr::to_canonical).collect();
    let app = App::new(parts, config, stop.clone());
    let follower = tokio::spawn(live::run(app.clone()));
    let watcher = tokio::spawn(status::run(app.clone()));
    let service = router::router(app).into_make_service_with_connect_info::<Peer>();
    let door = Door::new(listener, crowd, proxies);
    let serving = axum::serve(door, service).with_graceful_shutdown(stop.clone().cancelled_owned());
    let late = async {
        stop.cancelled().await;
        tokio::time::sleep(GRACE).await;
    };
    let ended = tokio::select! {
        ended = serving => ended,
        () = late => {
            let grace_s = GRACE.as_secs();
            tracing::warn!(grace_s, "Some web connections did not end in time and were cut.");
            Ok(())
        }
    };
    for task in [follower, watcher] {
        if let Err(error) = task.await {
            tracing::error!(%error, "A task of the web door ended by a fault.");
        }
    }
    ended
}
