/* money.c - amounts as text: 1234 cents are "12.34". */
#include "cli/money.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

const char *money_format(char *text, int64_t cents)
{
    uint64_t size = cents < 0 ? 0 - (uint64_t)cents : (uint64_t)cents;

    snprintf(text, MONEY_SIZE, "%s%" PRIu64 ".%02u", cents < 0 ? "-" : "", size / 100,
             (unsigned)(size % 100));
    return text;
}

/* Add a digit to the number, which becomes INT64_MAX if there is no room for it. False:
 * it is no digit. */
static bool add_digit(int64_t *number, char digit)
{
    if (digit < '0' || digit > '9')
        return false;
    if (*number > (INT64_MAX - 9) / 10)
        *number = INT64_MAX;
    else
        *number = *number * 10 + (digit - '0');
    return true;
}

bool money_parse(const char *text, int64_t *cents)
{
    bool negative = *text == '-';
    const char *digits = text + negative;
    size_t whole = strcspn(digits, ".");
    const char *fraction = digits[whole] ? digits + whole + 1 : "00";
    int64_t size = 0;

    if (whole == 0 || strlen(fraction) != 2)
        return false;
    for (size_t i = 0; i < whole; i++)
        if (!add_digit(&size, digits[i]))
            return false;
    if (!add_digit(&size, fraction[0]) || !add_digit(&size, fraction[1]))
        return false;
    *cents = negative ? -size : size;
    return true;
}
