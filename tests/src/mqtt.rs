//! A station reduced to what the promises are about: MQTT 3.1.1 CONNECT, PUBLISH with QoS 1, PUBACK.

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

/// Longest wait for an answer.
pub const PATIENCE: Duration = Duration::from_secs(10);

/// A connected station.
pub struct Station {
    stream: TcpStream,
    name: String,
    next: u16,
}

impl Station {
    /// Connects and signs in.
    ///
    /// # Errors
    /// No connection, no answer in time, or a CONNACK that refuses; its return code is in the text.
    pub async fn connect(address: SocketAddr, name: &str, secret: &str) -> io::Result<Self> {
        let mut stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        let mut body = vec![0, 4, b'M', b'Q', b'T', b'T', 4, 0b1100_0010, 0, 60];
        for text in [name, name, secret] {
            push_text(&mut body, text);
        }
        stream.write_all(&packet(0x10, &body)).await?;
        let mut answer = [0; 4];
        within(stream.read_exact(&mut answer)).await?;
        match answer {
            [0x20, 2, _, 0] => Ok(Self { stream, name: name.to_owned(), next: 0 }),
            [0x20, 2, _, code] => Err(io::Error::other(format!("refused with code {code}"))),
            other => Err(io::Error::other(format!("no CONNACK but {other:?}"))),
        }
    }

    /// The own end of the connection.
    ///
    /// # Errors
    /// The connection is gone.
    pub fn port(&self) -> io::Result<u16> {
        Ok(self.stream.local_addr()?.port())
    }

    /// Publishes to the own telemetry topic and waits for the PUBACK.
    ///
    /// # Errors
    /// The connection ended, or nothing came in time: the message is not acknowledged.
    pub async fn publish(&mut self, payload: &[u8]) -> io::Result<()> {
        let topic = format!("quantrac/v1/{}/telemetry", self.name);
        self.publish_to(&topic, payload).await
    }

    /// Publishes to any topic and waits for the PUBACK.
    ///
    /// # Errors
    /// As [`Self::publish`].
    pub async fn publish_to(&mut self, topic: &str, payload: &[u8]) -> io::Result<()> {
        let id = self.send(topic, payload).await?;
        let mut answer = [0; 4];
        within(self.stream.read_exact(&mut answer)).await?;
        let [kind, length, high, low] = answer;
        if kind == 0x40 && length == 2 && u16::from_be_bytes([high, low]) == id {
            return Ok(());
        }
        Err(io::Error::other(format!("no PUBACK of {id} but {answer:?}")))
    }

    async fn send(&mut self, topic: &str, payload: &[u8]) -> io::Result<u16> {
        self.next = self.next % u16::MAX + 1;
        let mut body = Vec::with_capacity(payload.len() + topic.len() + 4);
        push_text(&mut body, topic);
        body.extend(self.next.to_be_bytes());
        body.extend(payload);
        self.stream.write_all(&packet(0x32, &body)).await?;
        Ok(self.next)
    }
}

async fn within<T>(reading: impl Future<Output = io::Result<T>>) -> io::Result<T> {
    timeout(PATIENCE, reading).await.map_err(|_| io::ErrorKind::TimedOut)?
}

fn push_text(body: &mut Vec<u8>, text: &str) {
    let length = u16::try_from(text.len()).expect("names are short");
    body.extend(length.to_be_bytes());
    body.extend(text.as_bytes());
}

fn packet(kind: u8, body: &[u8]) -> Vec<u8> {
    let mut packet = vec![kind];
    let mut rest = body.len();
    loop {
        let digit = u8::try_from(rest % 128).expect("below 128");
        rest /= 128;
        packet.push(if rest > 0 { digit | 0x80 } else { digit });
        if rest == 0 {
            break;
        }
    }
    packet.extend(body);
    packet
}
