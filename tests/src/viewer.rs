//! Somebody who looks at the page: a live stream, and what the page asks when it is opened. Each has an address of its
//! own on loopback, as each has in the world.

use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpSocket, TcpStream};

/// What the duty desk asks when it is opened; its scripts and fonts are cached.
pub const PAGE: [&str; 8] = [
    "/",
    "/api/v1/about",
    "/api/v1/stations",
    "/api/v1/latest",
    "/api/v1/warnings?open=true",
    "/api/v1/alarms",
    "/api/v1/status",
    "/api/v1/parameters",
];

/// What all viewers saw.
#[derive(Debug, Default)]
pub struct Seen {
    /// Frames of the live streams.
    pub frames: AtomicU64,
    /// Bytes of the live streams.
    pub bytes: AtomicU64,
    /// Streams that the server refused or ended.
    pub ended: AtomicU64,
}

/// The address of viewer `n`.
#[must_use]
pub fn address(n: usize) -> IpAddr {
    let part = |value: usize| u8::try_from(value).unwrap_or(u8::MAX);
    Ipv4Addr::new(127, 2, part(n / 250), part(n % 250 + 1)).into()
}

/// Reads the live stream until the server ends it.
pub async fn watch(server: SocketAddr, from: IpAddr, seen: Arc<Seen>) {
    // How it ended is the same to somebody who looks.
    let _ended = read_stream(server, from, &seen).await;
    seen.ended.fetch_add(1, Ordering::Relaxed);
}

async fn read_stream(server: SocketAddr, from: IpAddr, seen: &Seen) -> io::Result<()> {
    let mut stream = ask(server, from, "/api/v1/live", "text/event-stream").await?;
    let mut buffer = vec![0; 16_384];
    loop {
        let read = stream.read(&mut buffer).await?;
        if read == 0 {
            return Ok(());
        }
        // A compressed frame ends with an empty stored block.
        let frames = buffer[..read].windows(4).filter(|end| *end == [0, 0, 0xff, 0xff]).count();
        seen.frames.fetch_add(frames as u64, Ordering::Relaxed);
        seen.bytes.fetch_add(read as u64, Ordering::Relaxed);
    }
}

/// One answer: its status, and how long it took.
///
/// # Errors
/// The server cannot be reached, or gives no HTTP answer.
pub async fn get(server: SocketAddr, from: IpAddr, path: &str) -> io::Result<(u16, Duration)> {
    let begun = Instant::now();
    let mut stream = ask(server, from, path, "*/*").await?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await?;
    let status = answer.get(9..12).and_then(|text| std::str::from_utf8(text).ok());
    let status = status.and_then(|text| text.parse().ok());
    let status = status.ok_or_else(|| io::Error::other(format!("no HTTP answer to {path}")))?;
    Ok((status, begun.elapsed()))
}

async fn ask(server: SocketAddr, from: IpAddr, path: &str, accept: &str) -> io::Result<TcpStream> {
    let socket = TcpSocket::new_v4()?;
    socket.bind((from, 0).into())?;
    let mut stream = socket.connect(server).await?;
    let request = format!(
        "GET {path} HTTP/1.1\r\nhost: {server}\r\naccept: {accept}\r\naccept-encoding: gzip\r\nconnection: close\r\n\r\n"
    );
    stream.write_all(request.as_bytes()).await?;
    Ok(stream)
}
