//! The TCP door: counted connections, and no patience with those that stand still.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use axum::extract::connect_info::Connected;
use axum::serve::{IncomingStream, Listener};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::{Instant, Sleep, sleep};

use crate::limit::{Crowd, Place, network};
use crate::measures;

/// A connection on which nothing moves for this long is closed. The live stream sends a ping every
/// 15 s, so only a reader that does not read any more, or an idle keep-alive, gets here.
const STILL: Duration = Duration::from_secs(75);
/// By then the head of the first request must be there, however slowly it drips in.
const FIRST: Duration = Duration::from_secs(20);

/// Who is at the other end of the connection.
#[derive(Debug, Clone)]
pub(crate) struct Peer {
    pub(crate) address: SocketAddr,
    asked: Arc<AtomicBool>,
}

impl Peer {
    /// The head of a request was read.
    pub(crate) fn asked(&self) {
        self.asked.store(true, Ordering::Relaxed);
    }
}

/// Listens, counts, and refuses by closing.
pub(crate) struct Door {
    listener: TcpListener,
    crowd: Crowd,
    proxies: Vec<IpAddr>,
}

/// A counted connection that is closed when it stands still.
pub(crate) struct Connection {
    stream: TcpStream,
    still: Pin<Box<Sleep>>,
    first: Pin<Box<Sleep>>,
    asked: Arc<AtomicBool>,
    _place: Place,
}

impl Door {
    pub(crate) fn new(listener: TcpListener, crowd: Crowd, proxies: Vec<IpAddr>) -> Self {
        Self { listener, crowd, proxies }
    }

    fn admit(&self, address: IpAddr) -> Option<Place> {
        if self.proxies.contains(&address.to_canonical()) {
            return self.crowd.enter_freely(address);
        }
        self.crowd.enter(network(address))
    }
}

impl Listener for Door {
    type Io = Connection;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Connection, SocketAddr) {
        loop {
            let (stream, address) = Listener::accept(&mut self.listener).await;
            if let Some(place) = self.admit(address.ip()) {
                metrics::gauge!(measures::CONNECTIONS).increment(1.0);
                let _ = stream.set_nodelay(true);
                let still = Box::pin(sleep(STILL));
                let (first, asked) = (Box::pin(sleep(FIRST)), Arc::default());
                return (Connection { stream, still, first, asked, _place: place }, address);
            }
        }
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        self.listener.local_addr()
    }
}

impl Connected<IncomingStream<'_, Door>> for Peer {
    fn connect_info(stream: IncomingStream<'_, Door>) -> Self {
        Self { address: *stream.remote_addr(), asked: Arc::clone(&stream.io().asked) }
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        metrics::gauge!(measures::CONNECTIONS).decrement(1.0);
    }
}

impl Connection {
    /// Passes progress on and starts the patience anew; without progress, fails once it is used up.
    fn patient<T>(
        &mut self,
        context: &mut Context<'_>,
        progress: Poll<io::Result<T>>,
    ) -> Poll<io::Result<T>> {
        if progress.is_ready() {
            self.still.as_mut().reset(Instant::now() + STILL);
            return progress;
        }
        match self.still.as_mut().poll(context) {
            Poll::Ready(()) => Poll::Ready(Err(io::ErrorKind::TimedOut.into())),
            Poll::Pending => Poll::Pending,
        }
    }
}

impl AsyncRead for Connection {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if !self.asked.load(Ordering::Relaxed) && self.first.as_mut().poll(context).is_ready() {
            return Poll::Ready(Err(io::ErrorKind::TimedOut.into()));
        }
        let progress = Pin::new(&mut self.stream).poll_read(context, buffer);
        self.patient(context, progress)
    }
}

impl AsyncWrite for Connection {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let progress = Pin::new(&mut self.stream).poll_write(context, bytes);
        self.patient(context, progress)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let progress = Pin::new(&mut self.stream).poll_write_vectored(context, slices);
        self.patient(context, progress)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_head_that_drips_in_is_cut_and_a_reader_that_has_asked_may_rest() {
        let check = async |asked: bool, expected: Duration| {
            let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
            let address = listener.local_addr().expect("an address");
            let mut door = Door::new(listener, Crowd::new(1, 1), Vec::new());
            let mut client = TcpStream::connect(address).await.expect("connected");
            let (mut connection, _) = door.accept().await;
            connection.asked.store(asked, Ordering::Relaxed);
            let began = Instant::now();
            let drips = tokio::spawn(async move {
                for _ in 0..9 {
                    let _ = client.write_all(b"x").await;
                    tokio::time::sleep(Duration::from_secs(9)).await;
                }
                client
            });
            let mut all = Vec::new();
            let ended = connection.read_to_end(&mut all).await;
            assert_eq!(ended.expect_err("cut").kind(), io::ErrorKind::TimedOut);
            let took = began.elapsed();
            assert!(took >= expected && took < expected + Duration::from_secs(10), "{took:?}");
            drips.abort();
        };
        check(false, FIRST).await;
        check(true, Duration::from_secs(72) + STILL).await;
    }
}
