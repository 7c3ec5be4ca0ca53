//! A counted number of places, some of them per address.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};

/// A room with so many places, and so many for one address.
#[derive(Debug, Clone)]
pub(crate) struct Crowd(Arc<Room>);

#[derive(Debug)]
struct Room {
    most: usize,
    most_per_address: usize,
    inside: Mutex<Inside>,
}

#[derive(Debug, Default)]
struct Inside {
    total: usize,
    by_address: HashMap<IpAddr, usize>,
}

/// A place taken; given back when dropped.
#[derive(Debug)]
pub(crate) struct Place {
    room: Arc<Room>,
    address: IpAddr,
}

impl Crowd {
    pub(crate) fn new(most: usize, most_per_address: usize) -> Self {
        let inside = Mutex::default();
        Self(Arc::new(Room { most, most_per_address, inside }))
    }

    /// A place for that address, or `None` when the room or its share is full.
    pub(crate) fn enter(&self, address: IpAddr) -> Option<Place> {
        self.enter_counted(address, self.0.most_per_address)
    }

    /// A place for an address that has no share of its own, such as a proxy.
    pub(crate) fn enter_freely(&self, address: IpAddr) -> Option<Place> {
        self.enter_counted(address, usize::MAX)
    }

    fn enter_counted(&self, address: IpAddr, share: usize) -> Option<Place> {
        let mut inside = self.0.inside.lock().unwrap_or_else(PoisonError::into_inner);
        let here = inside.by_address.get(&address).copied().unwrap_or(0);
        if inside.total >= self.0.most || here >= share {
            return None;
        }
        inside.total += 1;
        inside.by_address.insert(address, here + 1);
        Some(Place { room: Arc::clone(&self.0), address })
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut inside = self.room.inside.lock().unwrap_or_else(PoisonError::into_inner);
        inside.total -= 1;
        let here = inside.by_address.get(&self.address).copied().unwrap_or(1);
        if here > 1 {
            inside.by_address.insert(self.address, here - 1);
        } else {
            inside.by_address.remove(&self.address);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_counted_by_room_and_by_address_and_given_back() {
        let crowd = Crowd::new(3, 2);
        let (here, there) = (IpAddr::from([10, 0, 0, 1]), IpAddr::from([10, 0, 0, 2]));
        let first = crowd.enter(here).expect("a place");
        let _second = crowd.enter(here).expect("a place");
        assert!(crowd.enter(here).is_none(), "its share is taken");
        let _third = crowd.enter(there).expect("a place");
        assert!(crowd.enter(there).is_none(), "the room is full");
        drop(first);
        assert!(crowd.enter(here).is_some());
    }
}
