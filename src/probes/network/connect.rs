//! A TCP connection to every address of an endpoint.

use std::io::ErrorKind;
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use nix::errno::Errno;
use nix::unistd::{Uid, setfsuid};
use tokio::net::{TcpSocket, TcpStream};
use tokio::time::{Instant, timeout};

use crate::facts::{Connect, ConnectOutcome, Fact, Unseen};

/// How long an address may take; a port that is filtered takes all of it.
pub const LIMIT: Duration = Duration::from_secs(3);

/// Opens a connection to each address at once and closes it again; as root for that user, because a firewall may
/// go by the user.
pub async fn look(addresses: &[IpAddr], port: u16, limit: Duration, user: Option<Uid>) -> Fact<Vec<Connect>> {
    let attempts = addresses.iter().map(|address| attempt(SocketAddr::new(*address, port), limit, user));
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

async fn attempt(address: SocketAddr, limit: Duration, user: Option<Uid>) -> Result<Connect, Unseen> {
    let started = Instant::now();
    let connection = async { socket(address, user)?.connect(address).await };
    let outcome = match timeout(limit, connection).await {
        Ok(Ok(_)) => ConnectOutcome::Accepted,
        Ok(Err(error)) => match own_failure(&error) {
            Some(unseen) => return Err(unseen),
            None => by_kind(&error),
        },
        Err(_) => ConnectOutcome::TimedOut,
    };
    Ok(Connect { address, outcome, ms: started.elapsed().as_secs_f64() * 1000.0 })
}

/// A socket for that user. The kernel takes the owner of a socket from the file system user of the thread that makes
/// it (`sk->sk_socket->file->f_cred->fsuid`, which nftables calls `skuid`), and only root may take that of another.
fn socket(address: SocketAddr, user: Option<Uid>) -> std::io::Result<TcpSocket> {
    let _back = user.filter(|_| Uid::effective().is_root()).map(AsUser::begin);
    if address.is_ipv6() { TcpSocket::new_v6() } else { TcpSocket::new_v4() }
}

/// This thread, and no other, has the file system user of somebody else until this is dropped.
struct AsUser(Uid);

impl AsUser {
    fn begin(user: Uid) -> Self {
        Self(setfsuid(user))
    }
}

impl Drop for AsUser {
    fn drop(&mut self) {
        setfsuid(self.0);
    }
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
    use std::os::fd::AsFd;
    use std::os::unix::fs::MetadataExt;

    use super::*;

    #[test]
    fn a_socket_is_the_users_and_the_thread_is_ours_again() -> std::io::Result<()> {
        if !Uid::effective().is_root() {
            return Ok(());
        }
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let owner = |user: Option<u32>| -> std::io::Result<u32> {
            let socket = runtime
                .block_on(async { socket(SocketAddr::from(([127, 0, 0, 1], 1)), user.map(Uid::from_raw)) })?;
            let file = std::fs::File::from(socket.as_fd().try_clone_to_owned()?);
            Ok(file.metadata()?.uid())
        };
        assert_eq!((owner(Some(4711))?, owner(None)?), (4711, 0));
        Ok(())
    }

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
