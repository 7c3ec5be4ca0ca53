//! MQTT byte by byte, so that a test sees exactly what is on the line.

use std::net::SocketAddr;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::gate::SECRET;
use crate::{MEANWHILE, SOON};

pub(crate) const CONNACK: u8 = 0x20;
pub(crate) const PUBLISH: u8 = 0x30;
pub(crate) const PUBACK: u8 = 0x40;
pub(crate) const PUBREC: u8 = 0x50;
pub(crate) const PUBCOMP: u8 = 0x70;
pub(crate) const SUBACK: u8 = 0x90;
pub(crate) const PINGRESP: u8 = 0xd0;

/// One packet: kind, and what follows the length.
pub(crate) type Packet = (u8, Vec<u8>);

/// A CONNECT.
#[derive(Clone)]
pub(crate) struct Hello {
    pub(crate) version: u8,
    pub(crate) client: String,
    pub(crate) user: Option<String>,
    pub(crate) secret: Option<String>,
    pub(crate) clean: bool,
    pub(crate) will: Option<(String, Vec<u8>)>,
    pub(crate) keep_alive: u16,
}

impl Hello {
    /// A station with the right password and a client id of its own name.
    pub(crate) fn of(version: u8, name: &str) -> Self {
        Self {
            version,
            client: name.into(),
            user: Some(name.into()),
            secret: Some(SECRET.into()),
            clean: true,
            will: None,
            keep_alive: 60,
        }
    }

    fn bytes(&self) -> Vec<u8> {
        let mut flags = u8::from(self.clean) << 1;
        let mut body = Vec::new();
        text(&mut body, "MQTT");
        body.push(self.version);
        let at = body.len();
        body.push(0);
        body.extend(self.keep_alive.to_be_bytes());
        self.no_properties(&mut body);
        text(&mut body, &self.client);
        if let Some((topic, message)) = &self.will {
            flags |= 0b0000_1100;
            self.no_properties(&mut body);
            text(&mut body, topic);
            long(&mut body, message);
        }
        if let Some(user) = &self.user {
            flags |= 0b1000_0000;
            text(&mut body, user);
        }
        if let Some(secret) = &self.secret {
            flags |= 0b0100_0000;
            text(&mut body, secret);
        }
        body[at] = flags;
        packet(0x10, body)
    }

    fn no_properties(&self, body: &mut Vec<u8>) {
        if self.version == 5 {
            body.push(0);
        }
    }
}

/// A connection.
pub(crate) struct Wire {
    version: u8,
    stream: TcpStream,
}

impl Wire {
    /// A connection on which nothing was said yet.
    pub(crate) async fn silent(address: SocketAddr, version: u8) -> Self {
        Self { version, stream: TcpStream::connect(address).await.unwrap() }
    }

    /// Says hello; the return code of the CONNACK.
    pub(crate) async fn hello(address: SocketAddr, hello: &Hello) -> (Self, u8) {
        let mut wire = Self::silent(address, hello.version).await;
        wire.send(&hello.bytes()).await;
        let (kind, body) = wire.next().await.expect("a CONNACK");
        assert_eq!(kind, CONNACK);
        (wire, body[1])
    }

    /// A station that is in.
    pub(crate) async fn station(address: SocketAddr, version: u8, name: &str) -> Self {
        let (wire, code) = Self::hello(address, &Hello::of(version, name)).await;
        assert_eq!(code, 0, "{name} is let in");
        wire
    }

    pub(crate) async fn send(&mut self, bytes: &[u8]) {
        // the broker may have closed already, which the next read shows
        drop(self.stream.write_all(bytes).await);
    }

    pub(crate) async fn publish(&mut self, qos: u8, number: u16, topic: &str, payload: &[u8]) {
        let bytes = publish(self.version, qos, number, topic, payload);
        self.send(&bytes).await;
    }

    /// The codes of the SUBACK, or nothing if the connection was closed instead.
    pub(crate) async fn subscribe(&mut self, filter: &str) -> Option<u8> {
        let mut body = vec![0, 7];
        if self.version == 5 {
            body.push(0);
        }
        text(&mut body, filter);
        body.push(1);
        self.send(&packet(0x82, body)).await;
        let (kind, body) = self.next().await?;
        assert_eq!(kind, SUBACK);
        body.last().copied()
    }

    /// The next packet; `None` = the broker closed.
    pub(crate) async fn next(&mut self) -> Option<Packet> {
        tokio::time::timeout(SOON, self.read()).await.expect("a packet, or the end")
    }

    /// Nothing comes, and the connection stays.
    pub(crate) async fn is_quiet(&mut self) {
        let heard = tokio::time::timeout(MEANWHILE, self.read()).await;
        assert!(heard.is_err(), "heard {heard:?}");
    }

    /// The broker closes without another word.
    pub(crate) async fn is_closed(&mut self) {
        assert_eq!(self.next().await, None);
    }

    /// Still alive: answers a ping.
    pub(crate) async fn pings(&mut self) {
        self.send(&[0xc0, 0]).await;
        assert_eq!(self.next().await, Some((PINGRESP, vec![])));
    }

    async fn read(&mut self) -> Option<Packet> {
        let kind = self.stream.read_u8().await.ok()?;
        let (mut length, mut shift) = (0_usize, 0);
        loop {
            let byte = self.stream.read_u8().await.ok()?;
            length |= usize::from(byte & 0x7f) << shift;
            shift += 7;
            if byte & 0x80 == 0 {
                break;
            }
        }
        let mut body = vec![0; length];
        self.stream.read_exact(&mut body).await.ok()?;
        Some((kind, body))
    }
}

/// A PUBLISH.
pub(crate) fn publish(version: u8, qos: u8, number: u16, topic: &str, payload: &[u8]) -> Vec<u8> {
    let mut body = Vec::new();
    text(&mut body, topic);
    if qos > 0 {
        body.extend(number.to_be_bytes());
    }
    if version == 5 {
        body.push(0);
    }
    body.extend(payload);
    packet(PUBLISH | qos << 1, body)
}

/// A packet with its length.
pub(crate) fn packet(kind: u8, body: Vec<u8>) -> Vec<u8> {
    let mut bytes = vec![kind];
    let mut rest = body.len();
    loop {
        let byte = (rest % 128) as u8;
        rest /= 128;
        bytes.push(if rest > 0 { byte | 0x80 } else { byte });
        if rest == 0 {
            break;
        }
    }
    bytes.extend(body);
    bytes
}

fn text(body: &mut Vec<u8>, text: &str) {
    long(body, text.as_bytes());
}

fn long(body: &mut Vec<u8>, bytes: &[u8]) {
    body.extend((bytes.len() as u16).to_be_bytes());
    body.extend(bytes);
}
