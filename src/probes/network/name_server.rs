//! One question to one name server, asked directly: libc would not tell which of them is at fault.

use std::io::{Error, ErrorKind, Result};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Duration;

use hickory_resolver::proto::op::{Message, Query, ResponseCode};
use hickory_resolver::proto::rr::{Name, RecordType};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpStream, UdpSocket};
use tokio::time::{Instant, timeout};

use crate::facts::{NameServerAnswer, NameServerOutcome, Transport};

/// The port of DNS.
const PORT: u16 = 53;

/// What is asked for: the addresses of a name.
pub struct Question<'a> {
    /// The name; no search domain is tried.
    pub name: &'a str,
    /// Whether the server may ask others.
    pub recursive: bool,
}

/// Asks a name server, which gets so much time.
pub async fn ask(
    question: &Question<'_>,
    server: IpAddr,
    transport: Transport,
    limit: Duration,
) -> NameServerAnswer {
    let started = Instant::now();
    let outcome = match timeout(limit, outcome(question, server, transport)).await {
        Ok(Ok(outcome)) => outcome,
        Ok(Err(error)) if error.kind() == ErrorKind::ConnectionRefused => NameServerOutcome::Refused,
        Ok(Err(error)) => NameServerOutcome::Failed(error.to_string()),
        Err(_) => NameServerOutcome::Silent,
    };
    NameServerAnswer { server, transport, outcome, ms: started.elapsed().as_secs_f64() * 1000.0 }
}

/// A host may have addresses of one family only.
async fn outcome(question: &Question<'_>, server: IpAddr, transport: Transport) -> Result<NameServerOutcome> {
    match exchange(question, RecordType::A, server, transport).await? {
        NameServerOutcome::NoAddresses => exchange(question, RecordType::AAAA, server, transport).await,
        other => Ok(other),
    }
}

async fn exchange(
    question: &Question<'_>,
    kind: RecordType,
    server: IpAddr,
    transport: Transport,
) -> Result<NameServerOutcome> {
    let mut message = Message::query();
    let name = Name::from_ascii(format!("{}.", question.name.trim_end_matches('.'))).map_err(Error::other)?;
    message.add_query(Query::query(name, kind));
    message.metadata.recursion_desired = question.recursive;
    let bytes = message.to_vec().map_err(Error::other)?;
    let server = SocketAddr::new(server, PORT);
    loop {
        let reply = match transport {
            Transport::Udp => by_udp(&bytes, server).await?,
            Transport::Tcp => by_tcp(&bytes, server).await?,
        };
        let reply = Message::from_vec(&reply).map_err(Error::other)?;
        // An answer to something else is none.
        if reply.metadata.id == message.metadata.id {
            return Ok(meaning(&reply));
        }
    }
}

fn meaning(reply: &Message) -> NameServerOutcome {
    match reply.metadata.response_code {
        // What is cut short over UDP has addresses too many.
        ResponseCode::NoError if !reply.answers.is_empty() || reply.metadata.truncation => {
            NameServerOutcome::Addresses
        }
        ResponseCode::NoError => NameServerOutcome::NoAddresses,
        ResponseCode::NXDomain => NameServerOutcome::NoSuchDomain,
        code => NameServerOutcome::Code(code.to_str().to_lowercase()),
    }
}

/// A connected socket is told at once where nothing listens.
async fn by_udp(question: &[u8], server: SocketAddr) -> Result<Vec<u8>> {
    let any: IpAddr =
        if server.is_ipv4() { Ipv4Addr::UNSPECIFIED.into() } else { Ipv6Addr::UNSPECIFIED.into() };
    let socket = UdpSocket::bind((any, 0)).await?;
    socket.connect(server).await?;
    socket.send(question).await?;
    let mut reply = vec![0; 4096];
    let length = socket.recv(&mut reply).await?;
    reply.truncate(length);
    Ok(reply)
}

/// Over TCP the length stands before each message (RFC 1035, 4.2.2).
async fn by_tcp(question: &[u8], server: SocketAddr) -> Result<Vec<u8>> {
    let mut stream = TcpStream::connect(server).await?;
    let length = u16::try_from(question.len()).map_err(Error::other)?;
    stream.write_all(&[&length.to_be_bytes(), question].concat()).await?;
    let mut reply = vec![0; usize::from(stream.read_u16().await?)];
    stream.read_exact(&mut reply).await?;
    Ok(reply)
}
