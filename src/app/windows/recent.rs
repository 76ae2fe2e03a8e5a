//! A few blocks that were looked at lately.

/// Values by block, of which the ones used longest ago are given up first.
pub struct Recent<T> {
    entries: Vec<Entry<T>>,
    capacity: usize,
    clock: u64,
}

struct Entry<T> {
    block: usize,
    used: u64,
    value: T,
}

impl<T> Recent<T> {
    pub fn new(capacity: usize) -> Self {
        Self { entries: Vec::new(), capacity, clock: 0 }
    }

    pub fn get(&self, block: usize) -> Option<&T> {
        self.entries.iter().find(|entry| entry.block == block).map(|entry| &entry.value)
    }

    /// Says that these blocks are in use; none of them is given up for another.
    pub fn touch(&mut self, blocks: &std::ops::Range<usize>) {
        self.clock += 1;
        for entry in self.entries.iter_mut().filter(|entry| blocks.contains(&entry.block)) {
            entry.used = self.clock;
        }
    }

    /// Puts a block's value in place of the one before.
    pub fn put(&mut self, block: usize, value: T) {
        self.entries.retain(|entry| entry.block != block);
        if self.entries.len() >= self.capacity {
            let oldest = self.entries.iter().filter(|entry| entry.used < self.clock).min_by_key(|entry| entry.used);
            if let Some(oldest) = oldest.map(|entry| entry.block) {
                self.entries.retain(|entry| entry.block != oldest);
            }
        }
        self.entries.push(Entry { block, used: self.clock, value });
    }

    pub fn retain(&mut self, mut keep: impl FnMut(usize) -> bool) {
        self.entries.retain(|entry| keep(entry.block));
    }

    pub fn clear(&mut self) {
        self.entries.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_used_longest_ago_goes_first_and_what_is_in_use_stays() {
        let mut recent = Recent::new(3);
        for block in 0..3 {
            recent.touch(&(block..block + 1));
            recent.put(block, block);
        }
        recent.touch(&(0..1));
        recent.put(3, 3);
        let has = |recent: &Recent<usize>| (0..6).filter(|block| recent.get(*block).is_some()).collect::<Vec<_>>();
        assert_eq!(has(&recent), [0, 2, 3]);
        recent.put(3, 33);
        assert_eq!((has(&recent), recent.get(3)), (vec![0, 2, 3], Some(&33)));
        // More in use than fit: nothing that shows is lost.
        recent.touch(&(0..6));
        recent.put(4, 4);
        recent.put(5, 5);
        assert_eq!(has(&recent), [0, 2, 3, 4, 5]);
        recent.retain(|block| block > 3);
        assert_eq!(has(&recent), [4, 5]);
        recent.clear();
        assert!(has(&recent).is_empty());
    }
}
