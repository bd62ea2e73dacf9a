/* safe.c - the texts of others, made harmless for a terminal and for JSON. */
#include "admin/safe.h"

struct range {
    uint32_t first;
    uint32_t last;
};

/* What is never written as it is: C0, DEL and C1; soft hyphen; marks of direction and of
 * no width; line and paragraph separators; the byte order mark; annotations; tags. */
static const struct range harmful[] = {
    {0x00, 0x1f},     {0x7f, 0x9f},     {0xad, 0xad},       {0x61c, 0x61c},
    {0x180e, 0x180e}, {0x200b, 0x200f}, {0x2028, 0x202e},   {0x2060, 0x206f},
    {0xfeff, 0xfeff}, {0xfff9, 0xfffb}, {0xe0000, 0xe0fff},
};

/* Characters that take no column, and those that take two. */
static const struct range marks[] = {
    {0x300, 0x36f},   {0x483, 0x489},   {0x591, 0x5bd},   {0x610, 0x61a},
    {0x64b, 0x65f},   {0x1ab0, 0x1aff}, {0x1dc0, 0x1dff}, {0x20d0, 0x20ff},
    {0xfe00, 0xfe0f}, {0xfe20, 0xfe2f},
};
static const struct range wide[] = {
    {0x1100, 0x115f},   {0x2e80, 0x303e},   {0x3041, 0xa4cf},   {0xac00, 0xd7a3},
    {0xf900, 0xfaff},   {0xfe30, 0xfe6f},   {0xff00, 0xff60},   {0xffe0, 0xffe6},
    {0x1f300, 0x1f64f}, {0x1f900, 0x1f9ff}, {0x20000, 0x3fffd},
};

#define IS_IN(ranges, point) is_in(ranges, sizeof(ranges) / sizeof *(ranges), point)

static bool is_in(const struct range *ranges, size_t count, uint32_t point)
{
    for (size_t i = 0; i < count; i++)
        if (point >= ranges[i].first && point <= ranges[i].last)
            return true;
    return false;
}

/* The bytes that the lead byte asks for; 0: it leads nothing. */
static size_t length_of(unsigned char lead)
{
    if (lead < 0x80)
        return 1;
    if (lead < 0xc2 || lead > 0xf4)
        return 0;
    return lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
}

/* Read one character. Returns its bytes; 0: the first byte begins none. */
static size_t decode(const char *text, size_t size, uint32_t *point)
{
    static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
    const unsigned char *at = (const unsigned char *)text;
    size_t length = length_of(*at);

    if (!length || length > size)
        return 0;
    *point = length == 1 ? *at : *at & (0x7fu >> length);
    for (size_t i = 1; i < length; i++) {
        if ((at[i] & 0xc0) != 0x80)
            return 0;
        *point = *point << 6 | (at[i] & 0x3f);
    }
    if (*point < least[length] || *point > 0x10ffff ||
        (*point >= 0xd800 && *point <= 0xdfff))
        return 0;
    return length;
}

/* How many bytes from the start are plain ASCII, which is most of what is stored. */
static size_t plain_run(const char *text, size_t size)
{
    size_t run = 0;

    while (run < size && text[run] >= 0x20 && text[run] < 0x7f && text[run] != '"' &&
           text[run] != '\\')
        run++;
    return run;
}

static void put_for_people(struct jn_bytes *bytes, uint32_t point)
{
    if (point < 0x80)
        jn_bytes_format(bytes, "\\x%02x", point);
    else if (point < 0x10000)
        jn_bytes_format(bytes, "\\u%04x", point);
    else
        jn_bytes_format(bytes, "\\U%08x", point);
}

static void put_for_json(struct jn_bytes *bytes, uint32_t point)
{
    if (point < 0x10000) {
        jn_bytes_format(bytes, "\\u%04x", point);
        return;
    }
    point -= 0x10000;
    jn_bytes_format(bytes, "\\u%04x\\u%04x", 0xd800 + (point >> 10),
                    0xdc00 + (point & 0x3ff));
}

void jn_safe_put(struct jn_bytes *bytes, const char *text, size_t size)
{
    size_t length;

    for (size_t at = 0; at < size; at += length) {
        uint32_t point = 0;

        length = plain_run(text + at, size - at);
        if (length) {
            jn_bytes_put(bytes, text + at, length);
            continue;
        }
        length = decode(text + at, size - at, &point);
        if (!length) {
            jn_bytes_format(bytes, "\\x%02x", (unsigned char)text[at]);
            length = 1;
        } else if (IS_IN(harmful, point)) {
            put_for_people(bytes, point);
        } else {
            jn_bytes_put(bytes, text + at, length);
        }
    }
}

void jn_safe_json_string(struct jn_bytes *bytes, const char *text, size_t size)
{
    size_t length;

    jn_bytes_put(bytes, "\"", 1);
    for (size_t at = 0; at < size; at += length) {
        uint32_t point = 0;

        length = plain_run(text + at, size - at);
        if (length) {
            jn_bytes_put(bytes, text + at, length);
            continue;
        }
        length = decode(text + at, size - at, &point);
        if (!length) {
            jn_bytes_format(bytes, "\\\\x%02x", (unsigned char)text[at]);
            length = 1;
        } else if (IS_IN(harmful, point)) {
            put_for_json(bytes, point);
        } else {
            if (point == '"' || point == '\\')
                jn_bytes_put(bytes, "\\", 1);
            jn_bytes_put(bytes, text + at, length);
        }
    }
    jn_bytes_put(bytes, "\"", 1);
}

/* Outside of strings such a text is ASCII; control characters are the space between its
 * tokens, and never inside of strings. */
void jn_safe_json_value(struct jn_bytes *bytes, const char *text, size_t size)
{
    size_t length;

    for (size_t at = 0; at < size; at += length) {
        uint32_t point = 0;

        length = plain_run(text + at, size - at);
        if (length) {
            jn_bytes_put(bytes, text + at, length);
            continue;
        }
        length = decode(text + at, size - at, &point);
        if (!length)
            length = 1;
        else if (point < 0x20)
            jn_bytes_put(bytes, " ", 1);
        else if (IS_IN(harmful, point))
            put_for_json(bytes, point);
        else
            jn_bytes_put(bytes, text + at, length);
    }
}

bool jn_safe_is_utf8(const char *text, size_t size)
{
    size_t length;

    for (size_t at = 0; at < size; at += length) {
        uint32_t point = 0;

        length = decode(text + at, size - at, &point);
        if (!length)
            return false;
    }
    return true;
}

static size_t columns_of(uint32_t point)
{
    if (point < 0x300)
        return 1;
    if (IS_IN(marks, point))
        return 0;
    return IS_IN(wide, point) ? 2 : 1;
}

size_t jn_safe_fit(const char *text, size_t size, size_t columns)
{
    size_t at = 0;
    size_t used = 0;

    while (at < size) {
        uint32_t point = 0;
        size_t length = decode(text + at, size - at, &point);

        if (used + columns_of(point) > columns)
            break;
        used += columns_of(point);
        at += length ? length : 1;
    }
    return at;
}

size_t jn_safe_width(const char *text, size_t size)
{
    size_t width = 0;
    size_t length;

    for (size_t at = 0; at < size; at += length) {
        uint32_t point = 0;

        length = decode(text + at, size - at, &point);
        width += columns_of(point);
        length = length ? length : 1;
    }
    return width;
}
