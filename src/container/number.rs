//! Numbers in LEB128, each in one way only.

/// Appends `number`, in 1 to 10 bytes.
pub(super) fn push(mut number: u64, bytes: &mut Vec<u8>) {
    while number >= 0x80 {
        bytes.push(number as u8 | 0x80);
        number >>= 7;
    }
    bytes.push(number as u8);
}

/// Reads a number from bytes that `next` gives, no more of them than needed: `None` if they are not the shortest form of a
/// number below 2^64.
///
/// # Errors
/// The first of `next`.
pub(super) fn read<E>(mut next: impl FnMut() -> Result<u8, E>) -> Result<Option<u64>, E> {
    let mut number = 0;
    for place in (0..u64::BITS).step_by(7) {
        let byte = next()?;
        let piece = u64::from(byte & 0x7f);
        let shifted = piece << place;
        if shifted >> place != piece {
            return Ok(None);
        }
        number |= shifted;
        if byte & 0x80 == 0 {
            return Ok((byte != 0 || place == 0).then_some(number));
        }
    }
    Ok(None)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The number at the front and how many bytes it took; an error where they ran out.
    fn read_all(bytes: &[u8]) -> (Result<Option<u64>, ()>, usize) {
        let mut left = bytes.iter();
        let number = read(|| left.next().copied().ok_or(()));
        (number, bytes.len() - left.len())
    }

    #[test]
    fn numbers_come_out_as_worked_by_hand() {
        for (number, expected) in [(0, &[0][..]), (127, &[0x7f]), (128, &[0x80, 1]), (300, &[0xac, 2])] {
            let mut bytes = Vec::new();
            push(number, &mut bytes);
            assert_eq!(bytes, expected);
        }
    }

    #[test]
    fn what_is_no_number_in_its_shortest_form_is_refused() {
        let ones = [0xff; 9];
        assert_eq!(read_all(&[&ones[..], &[1]].concat()), (Ok(Some(u64::MAX)), 10));
        assert_eq!(read_all(&[&ones[..], &[2]].concat()).0, Ok(None));
        assert_eq!(read_all(&[&ones[..], &[0x81, 0]].concat()), (Ok(None), 10));
        assert_eq!(read_all(&[0x80, 0]).0, Ok(None));
        assert_eq!(read_all(&[0xff, 0x80, 0]).0, Ok(None));
        assert_eq!(read_all(&[0x80]).0, Err(()));
    }

    proptest! {
        #[test]
        fn numbers_are_read_as_written(number: u64, down in 0..64u32, tail: [u8; 3]) {
            let number = number >> down;
            let mut bytes = Vec::new();
            push(number, &mut bytes);
            let length = bytes.len();
            bytes.extend(tail);
            prop_assert_eq!(read_all(&bytes), (Ok(Some(number)), length));
        }

        #[test]
        fn what_is_read_is_written_the_same(bytes: [u8; 12]) {
            if let (Ok(Some(number)), length) = read_all(&bytes) {
                let mut written = Vec::new();
                push(number, &mut written);
                prop_assert_eq!(&written, &bytes[..length]);
            }
        }
    }
}
