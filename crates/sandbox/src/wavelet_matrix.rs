//! How many numbers of a stretch are below a bound, without a look at each of them.

use std::ops::Range;

/// Numbers in an order, stored bit by bit: a wavelet matrix (Claude and Navarro, 2012).
///
/// A question costs two look-ups for each binary digit of the largest number, however long the stretch is. The memory
/// is two bits for each digit of each number.
pub(crate) struct WaveletMatrix {
    /// One for each binary digit, that of the highest value first.
    levels: Vec<Level>,
}

/// One digit of all numbers. On the next level the numbers with a 0 here come first, then those with a 1, and both keep
/// their order, so that a stretch here becomes two stretches there.
struct Level {
    blocks: Vec<Block>,
    zeros: usize,
}

/// The digits of 64 numbers. The count stands beside them, so that a look-up touches memory in one place only.
struct Block {
    digits: u64,
    ones_before: usize,
}

impl WaveletMatrix {
    pub(crate) fn new(mut numbers: Vec<usize>) -> WaveletMatrix {
        let width = numbers.iter().max().map_or(0, |largest| usize::BITS - largest.leading_zeros());
        let mut levels = Vec::new();
        let mut ones = Vec::new();
        for digit in (0..width).rev() {
            levels.push(Level::new(&numbers, digit));
            ones.extend(numbers.extract_if(.., |number| is_one(*number, digit)));
            numbers.append(&mut ones);
        }
        WaveletMatrix { levels }
    }

    /// How many of the numbers at these places are smaller than `bound`.
    pub(crate) fn count_below(&self, places: Range<usize>, bound: usize) -> usize {
        let width = self.levels.len() as u32;
        if bound.checked_shr(width).is_some_and(|rest| rest > 0) {
            return places.len();
        }
        // The numbers of `start..end` share all digits so far with the bound; of the others it is known already.
        let Range { mut start, mut end } = places;
        let mut below = 0;
        for (level, digit) in self.levels.iter().zip((0..width).rev()) {
            let (ones_to_start, ones_to_end) = (level.ones_before(start), level.ones_before(end));
            let (zeros_to_start, zeros_to_end) = (start - ones_to_start, end - ones_to_end);
            if is_one(bound, digit) {
                below += zeros_to_end - zeros_to_start;
                (start, end) = (level.zeros + ones_to_start, level.zeros + ones_to_end);
            } else {
                (start, end) = (zeros_to_start, zeros_to_end);
            }
        }
        below
    }
}

impl Level {
    fn new(numbers: &[usize], digit: u32) -> Level {
        let mut ones_before = 0;
        // The empty block at the end is for look-ups at the very end.
        let chunks = numbers.chunks(64).chain([&[][..]]);
        let blocks = chunks
            .map(|chunk| {
                let set =
                    |digits, (place, number): (usize, &usize)| digits | u64::from(is_one(*number, digit)) << place;
                let block = Block { digits: chunk.iter().enumerate().fold(0, set), ones_before };
                ones_before += block.digits.count_ones() as usize;
                block
            })
            .collect();
        Level { blocks, zeros: numbers.len() - ones_before }
    }

    /// How many ones there are before a place.
    fn ones_before(&self, place: usize) -> usize {
        let block = &self.blocks[place / 64];
        let digits_before = block.digits & ((1 << (place % 64)) - 1);
        block.ones_before + digits_before.count_ones() as usize
    }
}

fn is_one(number: usize, digit: u32) -> bool {
    number >> digit & 1 == 1
}

#[cfg(test)]
mod tests {
    use super::WaveletMatrix;

    fn assert_counts(numbers: &[usize], bounds: impl IntoIterator<Item = usize> + Clone) {
        let matrix = WaveletMatrix::new(numbers.to_vec());
        for start in 0..=numbers.len() {
            for end in start..=numbers.len() {
                for bound in bounds.clone() {
                    let expected = numbers[start..end].iter().filter(|number| **number < bound).count();
                    assert_eq!(
                        matrix.count_below(start..end, bound),
                        expected,
                        "{numbers:?}[{start}..{end}] < {bound}"
                    );
                }
            }
        }
    }

    #[test]
    fn every_stretch_of_short_sequences_and_every_bound() {
        assert_counts(&[], 0..2);
        assert_counts(&[0, 0, 0], 0..3);
        assert_counts(&[7], 0..10);
        assert_counts(&[3, 1, 4, 1, 5, 9, 2, 6, 5, 3, 5, 8], 0..18);
    }

    #[test]
    fn sequences_around_the_length_of_a_block() {
        let mut draws = fastrand::Rng::with_seed(3);
        for length in [63, 64, 65, 129] {
            let numbers: Vec<usize> = (0..length).map(|_| draws.usize(..40)).collect();
            assert_counts(&numbers, [0, 1, 17, 31, 32, 39, 40, 64]);
        }
    }

    #[test]
    fn numbers_of_all_digits() {
        let half = usize::MAX / 2 + 1;
        assert_counts(&[usize::MAX, 0, usize::MAX - 1, half], [0, 1, half, usize::MAX - 1, usize::MAX]);
    }
}
