//! A TCP connection to every address of an endpoint.

use std::io::ErrorKind;
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use nix::errno::Errno;
use tokio::net::TcpStream;
use tokio::time::{Instant, timeout};

use crate::facts::{Connect, ConnectOutcome, Fact, Unseen};

/// How long an address may take; a port that is filtered takes all of it.
pub const LIMIT: Duration = Duration::from_secs(3);

/// Opens a connection to each address at once and closes it again.
pub async fn look(addresses: &[IpAddr], port: u16, limit: Duration) -> Fact<Vec<Connect>> {
    let attempts = addresses.iter().map(|address| attempt(SocketAddr::new(*address, port), limit));
    let attempts: Result<_, Unseen> = futures_util::future::join_all(attempts).await.into_iter().collect();
    attempts.map_or_else(Fact::Unseen, Fact::Seen)
}

/// Why an error says nothing of the other side: this machine, or this process, lacks what a connection takes.
pub fn own_failure(error: &std::io::Error) -> Option<Unseen> {
    let errno = error.raw_os_error().map(Errno::from_raw)?;
    matches!(errno, Errno::EMFILE | Errno::ENFILE | Errno::ENOMEM | Errno::ENOBUFS).then(|| Unseen::Unknown {
        error: format!("no connection can be made by openclaw-doctor itself: {error}"),
    })
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

async fn attempt(address: SocketAddr, limit: Duration) -> Result<Connect, Unseen> {
    let started = Instant::now();
    let outcome = match timeout(limit, TcpStream::connect(address)).await {
        Ok(Ok(_)) => ConnectOutcome::Accepted,
        Ok(Err(error)) => match own_failure(&error) {
            Some(unseen) => return Err(unseen),
            None => by_kind(&error),
        },
        Err(_) => ConnectOutcome::TimedOut,
    };
    Ok(Connect { address, outcome, ms: started.elapsed().as_secs_f64() * 1000.0 })
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_this_machine_lacks_is_no_fault_of_a_server() {
        let failed = |errno: Errno| own_failure(&errno.into());
        for errno in [Errno::EMFILE, Errno::ENFILE, Errno::ENOMEM] {
            assert!(matches!(failed(errno), Some(Unseen::Unknown { .. })), "{errno}");
        }
        assert!(
            [Errno::ECONNREFUSED, Errno::ETIMEDOUT, Errno::EPIPE]
                .into_iter()
                .all(|errno| failed(errno).is_none())
        );
    }
}
