/* number.c - decimal numbers of any length, compared digit by digit. */
#include "pattern/number.h"

/* An exponent beyond it stands for itself: no text has so many digits. */
static const int64_t EXPONENT_MAX = INT64_C(1000000000000);

static bool is_digit(char byte)
{
    return byte >= '0' && byte <= '9';
}

static bool is_space(char byte)
{
    return byte == ' ' || (byte >= '\t' && byte <= '\r');
}

/* ---- reading ------------------------------------------------------------------- */

/* Digits, with single underscores between them. Returns where they end, which is `at` if
 * there are none. */
static const char *skip_digits(const char *at, const char *end)
{
    while (at < end && is_digit(*at)) {
        at++;
        if (end - at > 1 && *at == '_' && is_digit(at[1]))
            at++;
    }
    return at;
}

static bool read_exponent(const char *at, const char *end, int64_t *exponent)
{
    bool negative = at < end && *at == '-';

    at += at < end && (*at == '-' || *at == '+');
    if (at == end || skip_digits(at, end) != end)
        return false;
    for (*exponent = 0; at < end; at++)
        if (*at != '_' && *exponent < EXPONENT_MAX)
            *exponent = *exponent * 10 + (*at - '0');
    if (negative)
        *exponent = -*exponent;
    return true;
}

/* Find the digits that count in `start`..`end`, and where the point is among them. */
static void find_digits(struct jn_pattern_number *number,
                        const char *start,
                        const char *point,
                        const char *end)
{
    while (start < end && (*start == '0' || !is_digit(*start))) {
        number->magnitude -= start > point && is_digit(*start);
        start++;
    }
    while (end > start && (end[-1] == '0' || !is_digit(end[-1])))
        end--;
    number->first = start;
    number->last = end;
    for (const char *at = start; at < point; at++)
        number->magnitude += is_digit(*at);
}

bool jn_pattern_number_read(struct jn_pattern_number *number,
                            const char *text,
                            size_t size)
{
    const char *at = text, *end = text + size, *start, *point, *digits_end;
    int64_t exponent = 0;

    while (at < end && is_space(*at))
        at++;
    while (end > at && is_space(end[-1]))
        end--;
    *number = (struct jn_pattern_number){.negative = at < end && *at == '-'};
    at += at < end && (*at == '-' || *at == '+');
    start = at;
    point = digits_end = skip_digits(at, end);
    if (point < end && *point == '.')
        digits_end = skip_digits(point + 1, end);
    if (digits_end - start == (point < digits_end && *point == '.'))
        return false; /* no digit, or nothing but a point */
    if (digits_end < end && (*digits_end == 'e' || *digits_end == 'E')) {
        if (!read_exponent(digits_end + 1, end, &exponent))
            return false;
    } else if (digits_end != end) {
        return false;
    }
    number->integer = point == end;
    find_digits(number, start, point, digits_end);
    number->magnitude += exponent;
    return true;
}

/* ---- comparing ----------------------------------------------------------------- */

bool jn_pattern_number_is_zero(const struct jn_pattern_number *number)
{
    return number->first == number->last;
}

/* The next digit that counts; 0 behind the last one. */
static char next_digit(const char **at, const char *end)
{
    while (*at < end && !is_digit(**at))
        ++*at;
    return *at < end ? *(*at)++ : '\0';
}

static int compare_sizes(const struct jn_pattern_number *one,
                         const struct jn_pattern_number *other)
{
    const char *at = one->first, *other_at = other->first;
    char digit, other_digit;

    if (one->magnitude != other->magnitude)
        return one->magnitude < other->magnitude ? -1 : 1;
    do {
        digit = next_digit(&at, one->last);
        other_digit = next_digit(&other_at, other->last);
    } while (digit && digit == other_digit);
    return digit - other_digit;
}

int jn_pattern_number_compare(const struct jn_pattern_number *one,
                              const struct jn_pattern_number *other)
{
    bool zero = jn_pattern_number_is_zero(one);
    bool other_zero = jn_pattern_number_is_zero(other);

    if (zero || other_zero) {
        if (zero && other_zero)
            return 0;
        return (zero ? other->negative : !one->negative) ? 1 : -1;
    }
    if (one->negative != other->negative)
        return one->negative ? -1 : 1;
    return one->negative ? compare_sizes(other, one) : compare_sizes(one, other);
}

/* Below zero all the way, because the lowest number has no opposite. */
bool jn_pattern_number_int64(const struct jn_pattern_number *number, int64_t *value)
{
    const char *at = number->first;
    int64_t left = number->magnitude;
    char digit;

    *value = 0;
    if (jn_pattern_number_is_zero(number))
        return true;
    if (left < 1 || left > 19)
        return false;
    for (; left; left--) {
        digit = next_digit(&at, number->last);
        if (*value < INT64_MIN / 10 ||
            *value * 10 < INT64_MIN + (digit ? digit - '0' : 0))
            return false;
        *value = *value * 10 - (digit ? digit - '0' : 0);
    }
    if (next_digit(&at, number->last) || (!number->negative && *value == INT64_MIN))
        return false;
    if (!number->negative)
        *value = -*value;
    return true;
}
