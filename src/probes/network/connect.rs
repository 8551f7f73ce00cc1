//! A TCP connection to every address of an endpoint.

use std::io::ErrorKind;
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use tokio::net::TcpStream;
use tokio::time::{Instant, timeout};

use crate::facts::{Connect, ConnectOutcome, Fact};

/// How long an address may take; a port that is filtered takes all of it.
pub const LIMIT: Duration = Duration::from_secs(3);

/// Opens a connection to each address at once and closes it again.
pub async fn look(addresses: &[IpAddr], port: u16, limit: Duration) -> Fact<Vec<Connect>> {
    let attempts = addresses.iter().map(|address| attempt(SocketAddr::new(*address, port), limit));
    Fact::Seen(futures_util::future::join_all(attempts).await)
}

/// The first address, in the resolver's order, that accepted.
pub fn first_accepted(attempts: &[Connect]) -> Option<SocketAddr> {
    attempts.iter().find(|attempt| attempt.outcome == ConnectOutcome::Accepted).map(|attempt| attempt.address)
}

/// Whether something there talks before it is asked, as SSH and mail servers do
/// and no HTTP server does. Which of banner and request comes first is a race,
/// so a request that failed does not tell.
pub async fn speaks_first(address: SocketAddr) -> bool {
    const PATIENCE: Duration = Duration::from_millis(300);
    let banner = async {
        let stream = TcpStream::connect(address).await?;
        stream.peek(&mut [0; 1]).await
    };
    matches!(timeout(PATIENCE, banner).await, Ok(Ok(1)))
}

async fn attempt(address: SocketAddr, limit: Duration) -> Connect {
    let started = Instant::now();
    let outcome = match timeout(limit, TcpStream::connect(address)).await {
        Ok(Ok(_)) => ConnectOutcome::Accepted,
        Ok(Err(error)) => by_kind(&error),
        Err(_) => ConnectOutcome::TimedOut,
    };
    Connect { address, outcome, ms: started.elapsed().as_secs_f64() * 1000.0 }
}

/// What the kernel's error means.
pub fn by_kind(error: &std::io::Error) -> ConnectOutcome {
    match error.kind() {
        ErrorKind::ConnectionRefused => ConnectOutcome::Refused,
        ErrorKind::TimedOut => ConnectOutcome::TimedOut,
        ErrorKind::HostUnreachable => ConnectOutcome::HostUnreachable,
        ErrorKind::NetworkUnreachable | ErrorKind::NetworkDown => ConnectOutcome::Unreachable,
        _ => ConnectOutcome::Failed(error.to_string()),
    }
}
