//! Objects whose fields come in another order each time, for clients that must not rely on one.

use serde::{Serialize, Serializer};
use serde_json::Value;

pub(crate) struct Shuffled(Vec<(String, Value)>);

impl Shuffled {
    /// The fields of an object in the order that a number stands for. Numbers that follow on each other begin with
    /// different fields, and as many of them as there are orders meet each order once.
    pub(crate) fn new(object: &impl Serialize, number: u64) -> Shuffled {
        let Value::Object(fields) = serde_json::json!(object) else {
            return Shuffled(Vec::new());
        };
        let mut left: Vec<_> = fields.into_iter().collect();
        let mut order = number;
        let mut shuffled = Vec::new();
        while !left.is_empty() {
            let choices = left.len() as u64;
            shuffled.push(left.remove((order % choices) as usize));
            order /= choices;
        }
        Shuffled(shuffled)
    }
}

impl Serialize for Shuffled {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(name, value)| (name, value)))
    }
}
