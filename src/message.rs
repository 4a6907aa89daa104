//! Other people's errors in our sentences.

/// The first line of an error, which says what is wrong; Candle and some codecs append a backtrace or a listing.
pub fn first_line(error: &dyn std::error::Error) -> String {
    error.to_string().lines().next().unwrap_or("no reason given").to_owned()
}
