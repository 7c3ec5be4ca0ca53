//! Walking JSON: one visitor for all levels of the form, and single values.

use std::borrow::Cow;
use std::fmt;

use serde::de::{self, DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

use crate::DEEPEST;
use crate::reading::shortened;

/// A JSON value without the inside of its brackets.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Scalar<'de> {
    Null,
    Bool(bool),
    Number(f64),
    Text(Cow<'de, str>),
    Array,
    Object,
}

impl Scalar<'_> {
    /// The value as a sentence shows it.
    pub(crate) fn shown(&self) -> Cow<'_, str> {
        match self {
            Self::Null => "null".into(),
            Self::Bool(true) => "true".into(),
            Self::Bool(false) => "false".into(),
            Self::Number(number) => number.to_string().into(),
            Self::Text(text) => format!("'{}'", shortened(text)).into(),
            Self::Array => "an array".into(),
            Self::Object => "an object".into(),
        }
    }
}

/// A level of the form: what it makes of a value. Only what it does not expect falls to [`Walk::scalar`].
pub(crate) trait Walk<'de>: Sized {
    /// What comes of it.
    type Out;

    /// Open brackets around the value.
    fn depth(&self) -> usize;

    /// Takes a plain value, or an array or object that was walked over.
    fn scalar<E: de::Error>(self, value: Scalar<'de>) -> Result<Self::Out, E>;

    /// Takes an array; `depth` counts its own bracket.
    fn array<A: SeqAccess<'de>>(self, mut seq: A, depth: usize) -> Result<Self::Out, A::Error> {
        while seq.next_element_seed(Level(Skip { depth }))?.is_some() {}
        self.scalar(Scalar::Array)
    }

    /// Takes an object; `depth` counts its own bracket.
    fn object<A: MapAccess<'de>>(self, mut map: A, depth: usize) -> Result<Self::Out, A::Error> {
        while map.next_key::<IgnoredAny>()?.is_some() {
            map.next_value_seed(Level(Skip { depth }))?;
        }
        self.scalar(Scalar::Object)
    }
}

/// Takes any value as it is, at this depth of open brackets.
pub(crate) struct Skip {
    pub(crate) depth: usize,
}

impl<'de> Walk<'de> for Skip {
    type Out = Scalar<'de>;
    fn depth(&self) -> usize {
        self.depth
    }
    fn scalar<E: de::Error>(self, value: Scalar<'de>) -> Result<Scalar<'de>, E> {
        Ok(value)
    }
}

/// The serde side of a [`Walk`].
pub(crate) struct Level<W>(pub(crate) W);

/// What the error of too deep nesting says; the caller recognises it by this.
pub(crate) const TOO_DEEP: &str = "nested too deep";

fn deeper<E: de::Error>(depth: usize) -> Result<usize, E> {
    if depth < DEEPEST { Ok(depth + 1) } else { Err(E::custom(TOO_DEEP)) }
}

impl<'de, W: Walk<'de>> DeserializeSeed<'de> for Level<W> {
    type Value = W::Out;
    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<W::Out, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de, W: Walk<'de>> Visitor<'de> for Level<W> {
    type Value = W::Out;
    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }
    fn visit_unit<E: de::Error>(self) -> Result<W::Out, E> {
        self.0.scalar(Scalar::Null)
    }
    fn visit_bool<E: de::Error>(self, value: bool) -> Result<W::Out, E> {
        self.0.scalar(Scalar::Bool(value))
    }
    fn visit_i64<E: de::Error>(self, value: i64) -> Result<W::Out, E> {
        self.0.scalar(Scalar::Number(value as f64))
    }
    fn visit_u64<E: de::Error>(self, value: u64) -> Result<W::Out, E> {
        self.0.scalar(Scalar::Number(value as f64))
    }
    fn visit_f64<E: de::Error>(self, value: f64) -> Result<W::Out, E> {
        self.0.scalar(Scalar::Number(value))
    }
    fn visit_borrowed_str<E: de::Error>(self, text: &'de str) -> Result<W::Out, E> {
        self.0.scalar(Scalar::Text(Cow::Borrowed(text)))
    }
    fn visit_str<E: de::Error>(self, text: &str) -> Result<W::Out, E> {
        self.0.scalar(Scalar::Text(Cow::Owned(text.to_owned())))
    }
    fn visit_seq<A: SeqAccess<'de>>(self, seq: A) -> Result<W::Out, A::Error> {
        let depth = deeper(self.0.depth())?;
        self.0.array(seq, depth)
    }
    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<W::Out, A::Error> {
        let depth = deeper(self.0.depth())?;
        self.0.object(map, depth)
    }
}

/// Reads a name, borrowed where it has no escapes.
pub(crate) struct Key;

impl<'de> DeserializeSeed<'de> for Key {
    type Value = Cow<'de, str>;
    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl<'de> Visitor<'de> for Key {
    type Value = Cow<'de, str>;
    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a name")
    }
    fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Self::Value, E> {
        Ok(Cow::Borrowed(text))
    }
    fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
        Ok(Cow::Owned(text.to_owned()))
    }
}
