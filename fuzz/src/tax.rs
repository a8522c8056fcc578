//! The check digits of an ИНН, written down a second time and in another way than the bot does it:
//! the weights of each check digit in full, as the order of the tax service has them.

/// Of the last digit of ten.
const OF_TEN: [u32; 9] = [2, 4, 10, 3, 5, 9, 4, 6, 8];
/// Of the last but one of twelve.
const OF_TWELVE_FIRST: [u32; 10] = [7, 2, 4, 10, 3, 5, 9, 4, 6, 8];
/// Of the last of twelve.
const OF_TWELVE_SECOND: [u32; 11] = [3, 7, 2, 4, 10, 3, 5, 9, 4, 6, 8];

fn check_digit(digits: &[u32], weights: &[u32]) -> u32 {
    assert_eq!(digits.len(), weights.len());
    digits.iter().zip(weights).map(|(digit, weight)| digit * weight).sum::<u32>() % 11 % 10
}

fn digits(text: &str) -> Option<Vec<u32>> {
    text.chars().map(|c| if c.is_ascii_digit() { c.to_digit(10) } else { None }).collect()
}

/// Whether these are 10 or 12 digits, not all of them zeros, that fit their check digits.
pub fn is_inn(text: &str) -> bool {
    let Some(all) = digits(text) else { return false };
    let fits = match all.len() {
        10 => check_digit(&all[..9], &OF_TEN) == all[9],
        12 => {
            check_digit(&all[..10], &OF_TWELVE_FIRST) == all[10]
                && check_digit(&all[..11], &OF_TWELVE_SECOND) == all[11]
        }
        _ => false,
    };
    fits && all.iter().any(|&digit| digit != 0)
}

/// The ИНН that begins with these 9 or 10 digits.
pub fn completed(head: &[u8]) -> String {
    let mut all: Vec<u32> = head.iter().map(|byte| u32::from(byte % 10)).collect();
    if all.iter().all(|&digit| digit == 0) {
        all[0] = 7;
    }
    match all.len() {
        9 => all.push(check_digit(&all, &OF_TEN)),
        10 => {
            all.push(check_digit(&all, &OF_TWELVE_FIRST));
            all.push(check_digit(&all, &OF_TWELVE_SECOND));
        }
        other => panic!("{other} digits are the beginning of no ИНН"),
    }
    all.iter().filter_map(|&digit| char::from_digit(digit, 10)).collect()
}
