//! How long we are patient with a client.

use std::num::{NonZeroU16, NonZeroU32};
use std::sync::Arc;
use std::time::Duration;

use rmqtt::codec::types::{MQTT_LEVEL_5, Publish};
use rmqtt::fitter::{DefaultFitter, Fitter, FitterManager};
use rmqtt::types::{ConnectInfo, Disconnect, FitterType, Id, ListenerConfig};

/// Gives each client a [`Manners`].
pub(crate) struct School;

impl FitterManager for School {
    fn create(&self, connect: Arc<ConnectInfo>, id: Id, listener: ListenerConfig) -> FitterType {
        let is_told = connect.proto_ver() == MQTT_LEVEL_5;
        let bounds = (listener.min_keepalive, listener.max_keepalive);
        Arc::new(Manners { is_told, bounds, usual: DefaultFitter::new(connect, id, listener) })
    }
}

/// As rmqtt does it, except for the keep-alive: rmqtt refuses an MQTT 3 client whose keep-alive is outside
/// the bounds, and lets one without keep-alive stay for ever after its line broke. A station must be able
/// to connect with what its firmware has, and must not stay on the list when it is gone.
struct Manners {
    /// An MQTT 5 client is told the keep-alive we use.
    is_told: bool,
    bounds: (u16, u16),
    usual: DefaultFitter,
}

impl Fitter for Manners {
    fn keep_alive(&self, asked: &mut u16) -> rmqtt::Result<u16> {
        let granted = granted(*asked, self.bounds);
        if self.is_told {
            *asked = granted;
        }
        Ok(granted.saturating_add(granted / 2))
    }

    fn max_mqueue_len(&self) -> usize {
        self.usual.max_mqueue_len()
    }

    fn mqueue_rate_limit(&self) -> (NonZeroU32, Duration) {
        self.usual.mqueue_rate_limit()
    }

    fn max_inflight(&self) -> NonZeroU16 {
        self.usual.max_inflight()
    }

    fn session_expiry_interval(&self, disconnect: Option<&Disconnect>) -> Duration {
        self.usual.session_expiry_interval(disconnect)
    }

    fn message_expiry_interval(&self, publish: &Publish) -> Duration {
        self.usual.message_expiry_interval(publish)
    }

    fn max_client_topic_aliases(&self) -> u16 {
        self.usual.max_client_topic_aliases()
    }

    fn max_server_topic_aliases(&self) -> u16 {
        self.usual.max_server_topic_aliases()
    }
}

fn granted(asked: u16, (shortest, longest): (u16, u16)) -> u16 {
    if asked == 0 { longest } else { asked.clamp(shortest, longest) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_keep_alive_is_brought_into_its_bounds_and_never_means_for_ever() {
        for (asked, expected) in [(0, 1_800), (1, 10), (10, 10), (60, 60), (65_535, 1_800)] {
            assert_eq!(granted(asked, (10, 1_800)), expected, "{asked}");
        }
    }
}
