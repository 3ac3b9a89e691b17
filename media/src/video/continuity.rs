//! Times of a track that begin anew in its middle, as they do where files were joined: what follows goes on where the pictures
//! before it ended.

use ffmpeg_next::{Packet, Rational};

/// What lies so many seconds before the packet before it begins anew; packets out of order are nearer.
const BACK: f64 = 0.5;

/// The times of a track whose packets are read one after the other.
#[derive(Debug, Default)]
pub(super) struct Continuity {
    /// What is added to the times of the file.
    offset: i64,
    /// When the last packet was to be decoded, by the file.
    last: Option<i64>,
    /// Where the pictures so far end.
    end: i64,
}

impl Continuity {
    /// Moves the times of the next packet to where they belong.
    pub(super) fn settle(&mut self, packet: &mut Packet, time_base: Rational) {
        let Some(time) = packet.dts().or(packet.pts()) else { return };
        let back = (BACK / f64::from(time_base)) as i64;
        if self.last.is_some_and(|last| time.saturating_add(back) < last) {
            self.offset = self.end.saturating_sub(packet.pts().unwrap_or(time));
        }
        self.last = Some(time);
        if self.offset != 0 {
            packet.set_pts(packet.pts().map(|time| time.saturating_add(self.offset)));
            packet.set_dts(packet.dts().map(|time| time.saturating_add(self.offset)));
        }
        let shown = packet.pts().or(packet.dts()).unwrap_or_default();
        self.end = self.end.max(shown.saturating_add(packet.duration()));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The times of packets, each 40 ms long, of which the file tells when they are decoded and shown.
    fn settled(times: &[(i64, i64)]) -> Vec<(Option<i64>, Option<i64>)> {
        let mut continuity = Continuity::default();
        let settle = |(decoded, shown): &(i64, i64)| {
            let mut packet = Packet::empty();
            packet.set_dts(Some(*decoded));
            packet.set_pts(Some(*shown));
            packet.set_duration(40);
            continuity.settle(&mut packet, Rational::new(1, 1000));
            (packet.dts(), packet.pts())
        };
        times.iter().map(settle).collect()
    }

    #[test]
    fn times_that_go_on_stay_as_they_are() {
        let times = [(-80, 0), (-40, 120), (0, 40), (40, 80), (5000, 5000), (4900, 4980)];
        assert_eq!(settled(&times), times.map(|(decoded, shown)| (Some(decoded), Some(shown))));
    }

    #[test]
    fn what_begins_anew_goes_on_at_the_end() {
        let file = [(-80, 0), (-40, 40), (0, 1000), (960, 960)];
        let both = settled(&[file, file].concat());
        assert_eq!(both[4..], [(960, 1040), (1000, 1080), (1040, 2040), (2000, 2000)].map(|(d, p)| (Some(d), Some(p))));
        let thrice = settled(&[file, file, file].concat());
        assert_eq!(thrice[8].1, Some(2080));
    }
}
