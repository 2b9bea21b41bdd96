//! Photos that staff hand in: small pictures drawn from a number, so that nothing real is shown.

/// Side of the picture, in pixels.
const SIDE: usize = 48;

/// A PNG (W3C PNG, 3rd edition) of coloured stripes, another one for every number.
pub(crate) fn photo(number: u64) -> Vec<u8> {
    let colour = |shift: u32| u8::try_from((number.wrapping_mul(0x9E37_79B9) >> shift) & 0xff).unwrap_or(0);
    let (red, green, blue) = (colour(3), colour(11), colour(19));
    let width = 3 + usize::try_from(number % 7).unwrap_or(0);
    let mut pixels = Vec::with_capacity(SIDE * (SIDE * 3 + 1));
    for row in 0..SIDE {
        // Every row begins with the number of its filter: none.
        pixels.push(0);
        for column in 0..SIDE {
            let light = (row + column) / width % 2 == 0;
            let shade = |value: u8| if light { value / 2 + 128 } else { value / 2 + 64 };
            pixels.extend([shade(red), shade(green), shade(blue)]);
        }
    }
    let mut png = b"\x89PNG\r\n\x1a\n".to_vec();
    let side = u32::try_from(SIDE).unwrap_or(0).to_be_bytes();
    // Eight bits for each of red, green and blue.
    chunk(&mut png, b"IHDR", &[&side[..], &side, &[8, 2, 0, 0, 0]].concat());
    chunk(&mut png, b"IDAT", &stored(&pixels));
    chunk(&mut png, b"IEND", &[]);
    png
}

/// A zlib stream (RFC 1950) of one block that is stored as it is.
fn stored(data: &[u8]) -> Vec<u8> {
    let length = u16::try_from(data.len()).unwrap_or(u16::MAX);
    let mut stream = vec![0x78, 0x01, 1];
    stream.extend(length.to_le_bytes());
    stream.extend((!length).to_le_bytes());
    stream.extend(data);
    let (low, high) = data.iter().fold((1_u32, 0_u32), |(low, high), byte| {
        let low = (low + u32::from(*byte)) % 65_521;
        (low, (high + low) % 65_521)
    });
    stream.extend((high << 16 | low).to_be_bytes());
    stream
}

fn chunk(png: &mut Vec<u8>, kind: &[u8; 4], data: &[u8]) {
    png.extend(u32::try_from(data.len()).unwrap_or(0).to_be_bytes());
    let body = [&kind[..], data].concat();
    png.extend(&body);
    png.extend(crc(&body).to_be_bytes());
}

/// CRC-32 as PNG wants it.
fn crc(data: &[u8]) -> u32 {
    !data.iter().fold(!0_u32, |crc, byte| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| {
            if crc & 1 == 1 { crc >> 1 ^ 0xEDB8_8320 } else { crc >> 1 }
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums_are_those_of_the_standards() {
        // The check values of CRC-32 (reveng catalogue) and of Adler-32 (RFC 1950, "Wikipedia").
        assert_eq!(crc(b"123456789"), 0xCBF4_3926);
        assert_eq!(stored(b"Wikipedia")[16..], [0x11, 0xE6, 0x03, 0x98]);
    }

    #[test]
    fn another_number_gives_another_picture() {
        assert_ne!(photo(1), photo(2));
        assert_eq!(photo(1), photo(1));
        assert!(photo(1).len() < 65_535);
    }
}
