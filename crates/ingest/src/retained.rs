//! What the broker keeps for those who subscribe later: our own messages only. A station's retain flag is
//! taken as sent by mistake, its reading is live and must not be handed out again as if it were new.

use std::time::Duration;

use async_trait::async_trait;
use rmqtt::retain::{DefaultRetainStorage, RetainStorage};
use rmqtt::types::{Retain, TopicFilter, TopicName};

/// Our own retained messages, in memory.
#[derive(Default)]
pub(crate) struct Retained(DefaultRetainStorage);

#[async_trait]
impl RetainStorage for Retained {
    fn enable(&self) -> bool {
        true
    }

    async fn set(
        &self,
        topic: &TopicName,
        message: Retain,
        expires: Option<Duration>,
    ) -> rmqtt::Result<()> {
        if message.from.is_system() {
            self.0.set_with_timeout(topic, message, expires).await?;
        }
        Ok(())
    }

    async fn get(&self, filter: &TopicFilter) -> rmqtt::Result<Vec<(TopicName, Retain)>> {
        self.0.get_message(filter).await
    }

    async fn count(&self) -> isize {
        self.0.count().await
    }

    async fn max(&self) -> isize {
        self.0.max().await
    }
}

#[cfg(test)]
mod tests {
    use rmqtt::codec::types::Publish as Packet;
    use rmqtt::types::{From, Id, Publish, QoS};

    use super::*;

    #[tokio::test]
    async fn only_our_own_messages_are_kept() {
        let id = || Id::from(1, "kon".into());
        let cases = [
            (From::from_system(id()), 1),
            (From::from_custom(id()), 0),
            (From::from_lastwill(id()), 0),
        ];
        for (from, kept) in cases {
            let store = Retained::default();
            let topic = TopicName::from("quantrac/v1/kon/telemetry");
            let packet = Packet {
                dup: false,
                retain: true,
                qos: QoS::AtLeastOnce,
                topic: topic.clone(),
                packet_id: None,
                payload: "8.00".into(),
                properties: None,
            };
            let message = Retain { msg_id: None, from, publish: Publish::from(packet) };
            store.set(&topic, message, None).await.expect("a topic");
            assert_eq!(store.get(&topic).await.expect("a topic").len(), kept);
        }
    }
}
