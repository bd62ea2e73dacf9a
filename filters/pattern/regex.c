/* regex.c - PCRE2: compiled into the memory of the pattern, and matched in memory of the
 * caller, so that no match can run out of memory that another one has left. */
#include "pattern/regex.h"

#include <jangle/plugin/support.h>

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

/* Texts are UTF-8, and letters and digits are those of all scripts, as in Python. The
 * expression matches from the start of a text, and need not reach its end. \C would cut
 * characters in two. */
static const uint32_t OPTIONS =
    PCRE2_UTF | PCRE2_UCP | PCRE2_ANCHORED | PCRE2_NEVER_BACKSLASH_C;

/* How deep an expression may nest, and how many choices may be open at a time. */
enum { NESTED_MAX = 64, OPEN_MAX = 4000 };

struct jn_pattern_regex {
    pcre2_code *code;
};

/* ---- compiling ----------------------------------------------------------------- */

static void *take(size_t size, void *context)
{
    return jn_pattern_take(context, size);
}

/* The memory is freed with the pattern. */
static void keep(void *bytes, void *context)
{
    (void)bytes, (void)context;
}

static void say_why(int number, size_t at, char *why, size_t why_size)
{
    PCRE2_UCHAR words[160];

    if (pcre2_get_error_message(number, words, sizeof words) < 0)
        words[0] = '\0';
    jn_text_format(why, why_size, "%s, at byte %zu of the expression",
                   (const char *)words, at);
}

const struct jn_pattern_regex *jn_pattern_regex_compile(struct jn_pattern_memory *memory,
                                                        const char *text,
                                                        size_t size,
                                                        char *why,
                                                        size_t why_size)
{
    struct jn_pattern_regex *regex = jn_pattern_take(memory, sizeof *regex);
    pcre2_general_context *general = pcre2_general_context_create(take, keep, memory);
    pcre2_compile_context *context;
    size_t wrong_at = 0;
    int wrong = 0;

    if (!regex || !general)
        return NULL;
    context = pcre2_compile_context_create(general);
    if (!context)
        return NULL;
    pcre2_set_newline(context, PCRE2_NEWLINE_LF);
    pcre2_set_parens_nest_limit(context, NESTED_MAX);
    regex->code =
        pcre2_compile((PCRE2_SPTR)text, size, OPTIONS, &wrong, &wrong_at, context);
    if (regex->code)
        return regex;
    say_why(wrong, wrong_at, why, why_size);
    return NULL;
}

/* ---- matching ------------------------------------------------------------------ */

/* Memory that is handed out from the front. Only the last piece can be given back, which
 * PCRE2 needs as seldom as it asks for a greater one. */
struct stretch {
    char *at, *end;
    char *last;
};

static void *cut(size_t size, void *context)
{
    struct stretch *stretch = context;
    size_t whole = (size + _Alignof(max_align_t) - 1) & ~(_Alignof(max_align_t) - 1);

    if (whole < size || (size_t)(stretch->end - stretch->at) < whole)
        return NULL;
    stretch->last = stretch->at;
    stretch->at += whole;
    return stretch->last;
}

static void give_back(void *piece, void *context)
{
    struct stretch *stretch = context;

    if (piece && piece == stretch->last)
        stretch->at = stretch->last;
}

static enum jn_pattern_regex_result result_of(int number)
{
    if (number >= 0)
        return JN_PATTERN_REGEX_MATCHES;
    if (number == PCRE2_ERROR_NOMATCH)
        return JN_PATTERN_REGEX_DIFFERS;
    return number == PCRE2_ERROR_MATCHLIMIT ? JN_PATTERN_REGEX_MORE
                                            : JN_PATTERN_REGEX_ENDED;
}

enum jn_pattern_regex_result jn_pattern_regex_match(const struct jn_pattern_regex *regex,
                                                    const char *subject,
                                                    size_t size,
                                                    uint32_t steps,
                                                    void *bytes)
{
    struct stretch stretch = {bytes, (char *)bytes + JN_PATTERN_REGEX_BYTES, NULL};
    pcre2_general_context *general =
        pcre2_general_context_create(cut, give_back, &stretch);
    pcre2_match_context *context = pcre2_match_context_create(general);
    pcre2_match_data *data = pcre2_match_data_create(1, general);

    if (!general || !context || !data)
        return JN_PATTERN_REGEX_ENDED;
    pcre2_set_match_limit(context, steps);
    pcre2_set_depth_limit(context, OPEN_MAX);
    return result_of(
        pcre2_match(regex->code, (PCRE2_SPTR)subject, size, 0, 0, data, context));
}
