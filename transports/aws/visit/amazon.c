/* amazon.c - addresses of SNS, and no others. Who may choose the host of a certificate
 * may sign anything, so an address is compared piece by piece with the only form that it
 * may have, and not parsed. */
#include "aws/visit/amazon.h"

#include <string.h>

static bool is_lower(char character)
{
    return character >= 'a' && character <= 'z';
}

static bool is_digit(char character)
{
    return character >= '0' && character <= '9';
}

static bool skip_text(const char **at, const char *text)
{
    size_t size = strlen(text);

    if (strncmp(*at, text, size) != 0)
        return false;
    *at += size;
    return true;
}

static bool skip_all(const char **at, bool (*is_one)(char character))
{
    const char *start = *at;

    while (is_one(**at))
        (*at)++;
    return *at > start;
}

/* "us-east-1", "us-gov-west-1": words of letters, then a number. "s3-us-west-2" is none:
 * sns.s3-us-west-2.amazonaws.com is what somebody's bucket called "sns" is reached by. */
static bool skip_region(const char **at)
{
    int words = 0;

    while (is_lower(**at)) {
        if (!skip_all(at, is_lower) || !skip_text(at, "-"))
            return false;
        words++;
    }
    return words >= 2 && skip_all(at, is_digit);
}

/* Up to the slash, and over it. */
static bool skip_host(const char **at)
{
    if (!skip_text(at, "https://sns.") || !skip_region(at) ||
        !skip_text(at, ".amazonaws.com"))
        return false;
    (void)skip_text(at, ".cn");
    return skip_text(at, "/");
}

static bool is_of_name(char character)
{
    return is_lower(character) || is_digit(character) ||
           (character >= 'A' && character <= 'Z') || character == '-' || character == '_';
}

/* What a query may have: no space, no control character, no '#', nothing beyond ASCII. */
static bool is_of_query(char character)
{
    return is_of_name(character) || (character && strchr("=&:.%+~/", character));
}

bool jn_visit_is_certificate_url(const char *url)
{
    return skip_host(&url) && skip_all(&url, is_of_name) && strcmp(url, ".pem") == 0;
}

bool jn_visit_is_subscribe_url(const char *url)
{
    return skip_host(&url) && skip_text(&url, "?") && skip_all(&url, is_of_query) &&
           !*url;
}
