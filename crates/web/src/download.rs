//! Long answers: worked out on a thread of their own and sent as they come, so that no answer is held in memory and
//! nobody who stores or warns is held up.

use std::io::{self, BufWriter, Write};
use std::time::{Duration, Instant};

use axum::body::{Body, Bytes};
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use tokio::runtime::Handle;
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;
use tokio_util::sync::CancellationToken;

use crate::access::Access;
use crate::limit::{Place, network};
use crate::measures;
use crate::problem::{Kind, Problem};
use crate::study::Error;

/// Bytes sent at a time.
const PIECE: usize = 64 * 1_024;
/// Pieces that wait for a slow reader; then the work waits too.
const WAITING: usize = 4;
/// Who reads nothing for this long has left.
const PATIENCE: Duration = Duration::from_secs(30);

/// A place for a long answer to that caller.
///
/// # Errors
/// All are taken.
pub(crate) fn find_place<D>(access: &Access<D>) -> Result<Place, Problem> {
    let app = access.app();
    let room = if access.signed_in() { &app.export_staff } else { &app.export_crowd };
    room.enter(network(access.caller().address)).ok_or_else(|| {
        metrics::counter!(measures::REFUSED, "reason" => "crowd").increment(1);
        let detail = "others export now, and one at a time is what an address may: try again later";
        Problem::new(Kind::Crowded, detail).retry_after(30)
    })
}

/// Begins an answer that `work` writes. A failure after its beginning cuts the connection, so that a part is
/// never taken for the whole.
pub(crate) fn send(
    place: Place,
    stop: CancellationToken,
    kind: &'static str,
    name: &str,
    work: impl FnOnce(BufWriter<Pipe>) -> Result<(), Error> + Send + 'static,
) -> Response {
    let (sender, receiver) = mpsc::channel(WAITING);
    let pipe =
        Pipe { sender: sender.clone(), handle: Handle::current(), stop, rested: Instant::now() };
    metrics::counter!(measures::EXPORTS).increment(1);
    tokio::task::spawn_blocking(move || {
        let _held_until_the_end = place;
        if let Err(error) = work(BufWriter::with_capacity(PIECE, pipe)) {
            metrics::counter!(measures::EXPORTS_CUT).increment(1);
            // Who hung up knows; nobody else needs to.
            if !matches!(error, Error::Write(_)) {
                tracing::error!(reason = %error, "An export or report failed on its way.");
            }
            let _ = sender.blocking_send(Err(io::Error::other("cut off")));
        }
    });
    let mut response = Body::from_stream(ReceiverStream::new(receiver)).into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    let disposition = HeaderValue::from_str(&format!("attachment; filename=\"{name}\""));
    let disposition = disposition.unwrap_or(HeaderValue::from_static("attachment"));
    headers.insert(header::CONTENT_DISPOSITION, disposition);
    response
}

/// The end into which the work is written.
pub(crate) struct Pipe {
    sender: mpsc::Sender<io::Result<Bytes>>,
    handle: Handle,
    stop: CancellationToken,
    rested: Instant,
}

impl Write for Pipe {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let worked = self.rested.elapsed();
        if self.stop.is_cancelled() {
            return Err(io::Error::other("the server is stopping"));
        }
        let piece = Ok(Bytes::copy_from_slice(bytes));
        let sent = self.handle.block_on(tokio::time::timeout(PATIENCE, self.sender.send(piece)));
        match sent {
            Ok(Ok(())) => {}
            Ok(Err(_)) => return Err(io::Error::new(io::ErrorKind::BrokenPipe, "hung up")),
            Err(_) => return Err(io::Error::new(io::ErrorKind::TimedOut, "reads nothing")),
        }
        // Half of the time is left to those who store and warn.
        std::thread::sleep(worked.min(PATIENCE));
        self.rested = Instant::now();
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
