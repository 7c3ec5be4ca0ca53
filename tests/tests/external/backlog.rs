//! A broker that sends all it has at once, without regard to what is acknowledged: acknowledgements must keep up with
//! the commits, or numbers run out and nothing moves for ever.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use domain::Span;
use tests::pack::station;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};

use crate::load::{body, three_hours_ago};
use crate::{installation, intake, status, until_state};

/// Messages of the backlog.
const BACKLOG: u64 = 8_000;
/// So many may be committed and not yet acknowledged at any time: some handfuls for the ledger.
const MOST_BEHIND: u64 = 1_500;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn acknowledgements_keep_up_with_a_backlog_that_comes_all_at_once() {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let address = listener.local_addr().unwrap();
    let acknowledged = Arc::new(AtomicU64::new(0));
    let broker = tokio::spawn(serve(listener, Arc::clone(&acknowledged)));
    let installation = installation(1, &entry(address));
    let server = installation.start().await.unwrap();
    until_state(&installation, "tinh", "connected").await;
    let mut committed = 0;
    while committed < BACKLOG {
        let told = status(&installation).await;
        committed = intake(&told, "tinh")["committed"].as_u64().unwrap();
        assert_eq!(intake(&told, "tinh")["link"]["state"], "connected", "{told}");
        let sent = acknowledged.load(Ordering::SeqCst);
        assert!(committed <= sent + MOST_BEHIND, "{committed} committed, {sent} acknowledged");
        // Below the 20 a second that everybody may ask.
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    }
    for _ in 0..500 {
        if acknowledged.load(Ordering::SeqCst) == BACKLOG {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    }
    assert_eq!(acknowledged.load(Ordering::SeqCst), BACKLOG);
    server.stop().await.unwrap();
    broker.abort();
}

fn entry(address: SocketAddr) -> String {
    let port = address.port();
    // Its answers to pings stand behind the backlog, so for longer than two of them there is none.
    format!(
        "[[external]]\nname = \"tinh\"\naddress = \"127.0.0.1\"\nport = {port}\nkeepalive_seconds = 5\n"
    )
}

/// One client: what it says first is answered, then it gets everything.
async fn serve(listener: TcpListener, acknowledged: Arc<AtomicU64>) {
    let (stream, _) = listener.accept().await.unwrap();
    let mut stream = TcpStream::into_split(stream);
    assert_eq!(packet(&mut stream.0).await.0 & 0xf0, 0x10);
    stream.1.write_all(&[0x20, 2, 0, 0]).await.unwrap();
    let (kind, body) = packet(&mut stream.0).await;
    assert_eq!(kind & 0xf0, 0x80);
    stream.1.write_all(&[0x90, 4, body[0], body[1], 1, 1]).await.unwrap();
    let sending = tokio::spawn(backlog(stream.1));
    let mut expected = 1;
    loop {
        let (kind, body) = packet(&mut stream.0).await;
        if kind == 0x40 {
            assert_eq!(u16::from_be_bytes([body[0], body[1]]), expected, "in the order they came");
            expected += 1;
            acknowledged.fetch_add(1, Ordering::SeqCst);
        } else if kind == 0xe0 {
            break;
        }
    }
    sending.abort();
}

async fn backlog(mut to: OwnedWriteHalf) {
    let topic = format!("quantrac/v1/{}/telemetry", station(0));
    let start = three_hours_ago();
    for number in 1..=BACKLOG {
        let step = i64::try_from(number).unwrap();
        let body = body(start + Span::seconds(step), step);
        let mut bytes = u16::try_from(topic.len()).unwrap().to_be_bytes().to_vec();
        bytes.extend(topic.as_bytes());
        bytes.extend(u16::try_from(number).unwrap().to_be_bytes());
        bytes.extend(body.as_bytes());
        let mut head = vec![0x32];
        let mut length = bytes.len();
        while length > 127 {
            head.push(u8::try_from(length % 128).unwrap() | 128);
            length /= 128;
        }
        head.push(u8::try_from(length).unwrap());
        to.write_all(&[head, bytes].concat()).await.unwrap();
    }
    // The connection stays.
    std::future::pending().await
}

async fn packet(from: &mut OwnedReadHalf) -> (u8, Vec<u8>) {
    let kind = from.read_u8().await.unwrap_or(0xe0);
    let (mut length, mut shift) = (0usize, 0);
    while let Ok(byte) = from.read_u8().await {
        length |= usize::from(byte & 127) << shift;
        shift += 7;
        if byte < 128 {
            break;
        }
    }
    let mut body = vec![0; length];
    match from.read_exact(&mut body).await {
        Ok(_) => (kind, body),
        Err(_) => (0xe0, body),
    }
}
