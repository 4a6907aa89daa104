//! Results remembered, so that going back to a setting shows its map at once.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::Arc;

/// Values by key, the least recently used given up once all together weigh more than a bound.
pub struct Cache<K, V> {
    entries: HashMap<K, Entry<V>>,
    /// Counts uses; an entry's is the time of its last.
    clock: u64,
    bytes: usize,
    most_bytes: usize,
}

struct Entry<V> {
    value: Arc<V>,
    bytes: usize,
    used: u64,
}

impl<K: Hash + Eq + Clone, V> Cache<K, V> {
    pub fn new(most_bytes: usize) -> Self {
        Self { entries: HashMap::new(), clock: 0, bytes: 0, most_bytes }
    }

    pub fn get(&mut self, key: &K) -> Option<Arc<V>> {
        self.clock += 1;
        let entry = self.entries.get_mut(key)?;
        entry.used = self.clock;
        Some(Arc::clone(&entry.value))
    }

    /// All that is kept, in no order; looking at it is no use.
    pub fn values(&self) -> impl Iterator<Item = &Arc<V>> {
        self.entries.values().map(|entry| &entry.value)
    }

    /// Keeps a value that weighs `bytes`; one heavier than the bound is not kept.
    pub fn insert(&mut self, key: K, value: Arc<V>, bytes: usize) {
        self.clock += 1;
        if let Some(old) = self.entries.remove(&key) {
            self.bytes -= old.bytes;
        }
        if bytes > self.most_bytes {
            return;
        }
        self.bytes += bytes;
        self.entries.insert(key, Entry { value, bytes, used: self.clock });
        while self.bytes > self.most_bytes {
            let Some(oldest) = self.entries.iter().min_by_key(|(_, entry)| entry.used) else { break };
            let oldest = oldest.0.clone();
            self.bytes -= self.entries.remove(&oldest).map_or(0, |entry| entry.bytes);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_least_recently_used_gives_way() {
        let mut cache = Cache::new(30);
        for key in [1, 2, 3] {
            cache.insert(key, Arc::new(key), 10);
        }
        cache.get(&1);
        cache.insert(4, Arc::new(4), 10);
        assert_eq!([1, 2, 3, 4].map(|key| cache.get(&key).is_some()), [true, false, true, true]);
    }

    #[test]
    fn what_is_heavier_than_the_bound_pushes_nothing_out() {
        let mut cache = Cache::new(30);
        cache.insert(1, Arc::new(1), 30);
        cache.insert(2, Arc::new(2), 31);
        assert!(cache.get(&1).is_some() && cache.get(&2).is_none());
    }

    #[test]
    fn replacing_a_value_frees_its_room() {
        let mut cache = Cache::new(30);
        cache.insert(1, Arc::new(1), 15);
        for round in 0..10 {
            cache.insert(2, Arc::new(round), 15);
        }
        assert!(cache.get(&1).is_some());
        assert_eq!(cache.get(&2).as_deref(), Some(&9));
    }
}
