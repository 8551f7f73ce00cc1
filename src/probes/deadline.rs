//! Deadlines, interruption and crash isolation around every look.

use std::future::Future;
use std::panic::AssertUnwindSafe;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use futures_util::FutureExt;
use tokio::sync::watch::Receiver;
use tokio::time::Instant;

use crate::facts::Fact;

/// How long a look at this machine may take.
pub const LOCAL: Duration = Duration::from_secs(5);
/// What a look may take longer than its target, which mostly ends by itself.
pub const MARGIN: Duration = Duration::from_millis(500);

/// Runs looks until the end of the whole run, and knows which are still running.
pub struct Deadline {
    end: Instant,
    stop: Receiver<bool>,
    running: Mutex<Vec<(String, Instant)>>,
}

impl Deadline {
    /// A deadline that ends after `timeout`, or as soon as `stop` holds true.
    pub fn new(timeout: Duration, stop: Receiver<bool>) -> Deadline {
        Deadline { end: Instant::now() + timeout, stop, running: Mutex::default() }
    }

    /// Runs one look. A deadline, an interruption and a panic become unknowns.
    pub async fn look<T>(&self, name: &str, limit: Duration, look: impl Future<Output = Fact<T>>) -> Fact<T> {
        self.look_until(name, (Instant::now() + limit).min(self.end), look).await
    }

    /// The same for a look that has a limit of its own, whatever the end of the whole run is.
    pub async fn look_beyond<T>(
        &self,
        name: &str,
        limit: Duration,
        look: impl Future<Output = Fact<T>>,
    ) -> Fact<T> {
        self.look_until(name, Instant::now() + limit, look).await
    }

    async fn look_until<T>(
        &self,
        name: &str,
        until: Instant,
        look: impl Future<Output = Fact<T>>,
    ) -> Fact<T> {
        let started = Instant::now();
        let result = self.running(name, AssertUnwindSafe(look).catch_unwind());
        tokio::select! {
            result = result => result.unwrap_or_else(|_| {
                Fact::unknown(format!("the look at {name} crashed, which is a bug of openclaw-doctor; please report it"))
            }),
            () = tokio::time::sleep_until(until) => {
                Fact::unknown(format!("the look at {name} took longer than {:.1} s", until.saturating_duration_since(started).as_secs_f64()))
            }
            () = self.stopped() => Fact::unknown("interrupted"),
        }
    }

    /// Runs a step that fills facts by itself; it is dropped at the end of the run.
    pub async fn step(&self, name: &str, step: impl Future<Output = ()>) {
        let step = self.running(name, AssertUnwindSafe(step).catch_unwind());
        tokio::select! {
            _ = step => {}
            () = tokio::time::sleep_until(self.end) => {}
            () = self.stopped() => {}
        }
    }

    /// How long a target may take: at most `limit`, and less than what is left of
    /// the whole run. A target that is slow is then seen to be slow, and is not
    /// taken for a look of ours that failed.
    pub fn grant(&self, limit: Duration) -> Duration {
        self.end.saturating_duration_since(Instant::now()).mul_f64(0.8).min(limit)
    }

    /// The look that has been running longest, and since when.
    pub fn slowest(&self) -> Option<(String, Instant)> {
        let running = self.running.lock().unwrap_or_else(PoisonError::into_inner);
        running.iter().min_by_key(|(_, since)| *since).cloned()
    }

    async fn running<T>(&self, name: &str, future: impl Future<Output = T>) -> T {
        let entry = (name.to_string(), Instant::now());
        self.running.lock().unwrap_or_else(PoisonError::into_inner).push(entry.clone());
        let result = future.await;
        self.running.lock().unwrap_or_else(PoisonError::into_inner).retain(|other| *other != entry);
        result
    }

    async fn stopped(&self) {
        let mut stop = self.stop.clone();
        if stop.wait_for(|stop| *stop).await.is_err() {
            // Whoever could stop us is gone, so nobody will.
            std::future::pending::<()>().await;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::Unseen;

    async fn look(limit_ms: u64, look: impl Future<Output = Fact<u32>>) -> Fact<u32> {
        let (_keep, stop) = tokio::sync::watch::channel(false);
        Deadline::new(Duration::from_secs(5), stop).look("x", Duration::from_millis(limit_ms), look).await
    }

    #[tokio::test]
    async fn a_hang_and_a_panic_become_unknowns() {
        let hang = look(20, std::future::pending()).await;
        assert!(matches!(hang, Fact::Unseen(Unseen::Unknown { error }) if error.contains("longer than")));
        let crash = look(1000, async { panic!("on purpose") }).await;
        assert!(matches!(crash, Fact::Unseen(Unseen::Unknown { error }) if error.contains("crashed")));
        assert_eq!(look(1000, async { Fact::Seen(7) }).await, Fact::Seen(7));
    }

    #[tokio::test]
    async fn an_interruption_ends_every_look() {
        let (stop, stopped) = tokio::sync::watch::channel(false);
        let deadline = Deadline::new(Duration::from_secs(5), stopped);
        stop.send_replace(true);
        let fact: Fact<u32> = deadline.look("x", Duration::from_secs(5), std::future::pending()).await;
        assert_eq!(fact, Fact::unknown("interrupted"));
    }
}
