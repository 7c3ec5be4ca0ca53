//! The stations' memory by name. One message asks for the same station dozens of times, so what was found last is
//! looked at first; only another name is searched for.

use std::cell::Cell;
use std::collections::BTreeMap;

use domain::StationId;

use crate::state::StationState;

/// What is remembered of every station, in order of name where order matters.
#[derive(Debug, Clone, Default)]
pub(crate) struct Roster {
    places: BTreeMap<StationId, usize>,
    stations: Vec<(StationId, StationState)>,
    last: Cell<usize>,
}

impl Roster {
    pub(crate) fn get(&self, id: &StationId) -> Option<&StationState> {
        self.find(id).map(|place| &self.stations[place].1)
    }

    pub(crate) fn get_mut(&mut self, id: &StationId) -> Option<&mut StationState> {
        self.find(id).map(|place| &mut self.stations[place].1)
    }

    /// The station, with an empty memory when it was unknown.
    pub(crate) fn get_or_add(&mut self, id: &StationId) -> &mut StationState {
        let place = self.find(id).unwrap_or_else(|| {
            let place = self.stations.len();
            self.places.insert(id.clone(), place);
            self.stations.push((id.clone(), StationState::default()));
            place
        });
        &mut self.stations[place].1
    }

    /// Every station, by name.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&StationId, &StationState)> {
        self.places.iter().map(|(id, place)| (id, &self.stations[*place].1))
    }

    /// Every station, in no order that means anything.
    pub(crate) fn values_mut(&mut self) -> impl Iterator<Item = &mut StationState> {
        self.stations.iter_mut().map(|(_, station)| station)
    }

    fn find(&self, id: &StationId) -> Option<usize> {
        let last = self.last.get();
        if self.stations.get(last).is_some_and(|(known, _)| known == id) {
            return Some(last);
        }
        let place = self.places.get(id).copied();
        place.into_iter().for_each(|place| self.last.set(place));
        place
    }
}

impl FromIterator<(StationId, StationState)> for Roster {
    fn from_iter<I: IntoIterator<Item = (StationId, StationState)>>(all: I) -> Self {
        let stations: Vec<_> = all.into_iter().collect();
        let place = |(place, (id, _)): (usize, &(StationId, _))| (id.clone(), place);
        let places = stations.iter().enumerate().map(place).collect();
        Self { places, stations, last: Cell::default() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_name_finds_its_own_memory_in_whatever_order_it_is_asked() {
        let names = ["c", "a", "b"].map(|name| name.parse::<StationId>().expect("a name"));
        let mut roster = Roster::default();
        for (n, id) in names.iter().enumerate() {
            roster.get_or_add(id).health.messages = n as u64;
        }
        for n in [0, 1, 1, 2, 0, 2, 1] {
            assert_eq!(roster.get(&names[n]).map(|s| s.health.messages), Some(n as u64));
            assert_eq!(roster.get_or_add(&names[n]).health.messages, n as u64);
        }
        assert!(roster.get(&"d".parse().expect("a name")).is_none());
        let ordered: Vec<_> =
            roster.iter().map(|(id, s)| (id.as_str(), s.health.messages)).collect();
        assert_eq!(ordered, [("a", 1), ("b", 2), ("c", 0)]);
    }
}
