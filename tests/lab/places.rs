//! How many machines run side by side.

use std::sync::{Condvar, Mutex, PoisonError};

/// Room for machines side by side. A real gateway needs a core of its own, which is the room of two: OpenClaw itself
/// gives up after 45 s of its start.
pub struct Places {
    free: Mutex<usize>,
    changed: Condvar,
    all: usize,
}

impl Places {
    pub fn new(all: usize) -> Self {
        Self { free: Mutex::new(all), changed: Condvar::new(), all }
    }

    /// Waits until so many are free.
    pub fn take(&self, count: usize) -> Taken<'_> {
        let count = count.min(self.all);
        let free = self.free.lock().unwrap_or_else(PoisonError::into_inner);
        let free = self.changed.wait_while(free, |free| *free < count);
        *free.unwrap_or_else(PoisonError::into_inner) -= count;
        Taken { places: self, count }
    }
}

pub struct Taken<'a> {
    places: &'a Places,
    count: usize,
}

impl Drop for Taken<'_> {
    fn drop(&mut self) {
        *self.places.free.lock().unwrap_or_else(PoisonError::into_inner) += self.count;
        self.places.changed.notify_all();
    }
}
