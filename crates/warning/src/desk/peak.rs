//! The highest value of a warning.

use domain::{Evidence, Level, Time};

use super::case::Case;
use super::situation::Situation;

impl Case {
    /// Keeps the highest value: of the place that was worst, by level and then by how far it was above it.
    pub(super) fn note_peak(&mut self, now: Time, situation: &Situation) {
        let above = |e: &Evidence| e.threshold.map_or(0.0, |threshold| e.value - threshold);
        for (level, crest) in &situation.crests {
            let higher = match &self.warning.peak {
                None => *level > Level(0),
                Some(peak)
                    if (&peak.station, &peak.parameter) == (&crest.station, &crest.parameter) =>
                {
                    crest.value > peak.value
                }
                Some(peak) => {
                    *level > self.peak_level
                        || *level == self.peak_level && above(crest) > above(peak)
                }
            };
            if higher && crest.observed_at >= self.warning.onset {
                self.warning.peak = Some(crest.clone());
                self.peak_level = self.peak_level.max(*level);
                self.touch(now);
            }
        }
    }
}
