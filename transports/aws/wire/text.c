/* text.c - texts that grow: the bodies of requests and of their answers. */
#include "aws/wire/text.h"
#include "aws/wire/base64.h"

struct jn_aws_text jn_aws_text_in(const struct jangle_allocator *allocator)
{
    return (struct jn_aws_text){.allocator = allocator};
}

void jn_aws_text_finish(struct jn_aws_text *text)
{
    jn_free(text->allocator, text->bytes);
    *text = jn_aws_text_in(text->allocator);
}

void jn_aws_text_clear(struct jn_aws_text *text)
{
    text->size = 0;
    text->failed = false;
    if (text->bytes)
        text->bytes[0] = '\0';
}

static bool make_room(struct jn_aws_text *text, size_t more)
{
    size_t room = text->room ? text->room : 256;
    char *bytes;

    if (more > SIZE_MAX / 4 - text->size)
        return false;
    while (room < text->size + more + 1)
        room *= 2;
    if (room == text->room)
        return true;
    bytes = jn_resize(text->allocator, text->bytes, room);
    if (!bytes)
        return false;
    text->bytes = bytes;
    text->room = room;
    return true;
}

void jn_aws_text_add_bytes(struct jn_aws_text *text, const void *bytes, size_t size)
{
    if (text->failed)
        return;
    if (!make_room(text, size)) {
        text->failed = true;
        return;
    }
    if (size)
        memcpy(text->bytes + text->size, bytes, size);
    text->size += size;
    text->bytes[text->size] = '\0';
}

void jn_aws_text_add(struct jn_aws_text *text, const char *more)
{
    jn_aws_text_add_bytes(text, more, strlen(more));
}

void jn_aws_text_add_number(struct jn_aws_text *text, int64_t number)
{
    char digits[24];

    jn_text_format(digits, sizeof digits, "%lld", (long long)number);
    jn_aws_text_add(text, digits);
}

/* ---- JSON ---------------------------------------------------------------------- */

static void add_json_byte(struct jn_aws_text *text, unsigned char byte)
{
    char escaped[8] = {'\\', (char)byte, '\0'};

    if (byte != '"' && byte != '\\')
        jn_text_format(escaped, sizeof escaped, "\\u%04x", (unsigned)byte);
    jn_aws_text_add(text, escaped);
}

void jn_aws_text_add_json_bytes(struct jn_aws_text *text, const void *bytes, size_t size)
{
    const unsigned char *at = bytes;
    size_t plain = 0;

    jn_aws_text_add(text, "\"");
    for (size_t i = 0; i < size; i++) {
        if (at[i] >= 0x20 && at[i] != '"' && at[i] != '\\' && at[i] != 0x7f)
            continue;
        jn_aws_text_add_bytes(text, at + plain, i - plain);
        add_json_byte(text, at[i]);
        plain = i + 1;
    }
    jn_aws_text_add_bytes(text, at + plain, size - plain);
    jn_aws_text_add(text, "\"");
}

void jn_aws_text_add_json(struct jn_aws_text *text, const char *string)
{
    jn_aws_text_add_json_bytes(text, string, strlen(string));
}

/* ---- forms --------------------------------------------------------------------- */

static bool is_unreserved(unsigned char byte)
{
    return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') ||
           (byte >= '0' && byte <= '9') || byte == '-' || byte == '_' || byte == '.' ||
           byte == '~';
}

void jn_aws_text_add_field_bytes(struct jn_aws_text *text,
                                 const char *name,
                                 const void *bytes,
                                 size_t size)
{
    static const char digits[] = "0123456789ABCDEF";
    const unsigned char *at = bytes;

    if (text->size)
        jn_aws_text_add(text, "&");
    jn_aws_text_add(text, name);
    jn_aws_text_add(text, "=");
    for (size_t i = 0; i < size; i++) {
        const char escaped[3] = {'%', digits[at[i] >> 4], digits[at[i] & 15]};

        if (is_unreserved(at[i]))
            jn_aws_text_add_bytes(text, at + i, 1);
        else
            jn_aws_text_add_bytes(text, escaped, 3);
    }
}

void jn_aws_text_add_field(struct jn_aws_text *text, const char *name, const char *value)
{
    jn_aws_text_add_field_bytes(text, name, value, strlen(value));
}

/* ---- base64 -------------------------------------------------------------------- */

static const char sixty_four[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

void jn_aws_text_add_base64(struct jn_aws_text *text, const void *bytes, size_t size)
{
    const unsigned char *at = bytes;

    for (size_t i = 0; i < size; i += 3) {
        size_t left = size - i;
        unsigned three = (unsigned)at[i] << 16 |
                         (left > 1 ? (unsigned)at[i + 1] << 8 : 0) |
                         (left > 2 ? at[i + 2] : 0u);
        const char four[4] = {sixty_four[three >> 18], sixty_four[three >> 12 & 63],
                              left > 1 ? sixty_four[three >> 6 & 63] : '=',
                              left > 2 ? sixty_four[three & 63] : '='};

        jn_aws_text_add_bytes(text, four, 4);
    }
}

bool jn_aws_text_add_decoded(struct jn_aws_text *text, const char *base64)
{
    size_t size = strlen(base64);
    bool decoded;

    if (text->failed || !make_room(text, size / 4 * 3)) {
        text->failed = true;
        return false;
    }
    decoded = jn_aws_base64_read(base64, size, text->bytes + text->size, &size);
    text->size += decoded ? size : 0;
    text->bytes[text->size] = '\0';
    return decoded;
}

/* ---- characters ---------------------------------------------------------------- */

/* The length of the character that begins there; 0: it is no UTF-8. */
static size_t read_character(const unsigned char *at, size_t left, uint32_t *character)
{
    static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
    size_t length = *at < 0x80 ? 1 : *at >> 5 == 6 ? 2 : *at >> 4 == 14 ? 3 : 4;

    if (length == 4 && *at >> 3 != 30)
        return 0;
    if (length > left)
        return 0;
    *character = length == 1 ? *at : *at & (0xffu >> (length + 1));
    for (size_t i = 1; i < length; i++) {
        if (at[i] >> 6 != 2)
            return 0;
        *character = *character << 6 | (at[i] & 0x3fu);
    }
    if (*character < least[length] || *character > 0x10ffff ||
        (*character >= 0xd800 && *character <= 0xdfff))
        return 0;
    return length;
}

static bool is_in_xml(uint32_t character)
{
    return (character >= 0x20 && character != 0xfffe && character != 0xffff) ||
           character == '\t' || character == '\n' || character == '\r';
}

static bool is_utf8(const unsigned char *at, size_t size, bool xml)
{
    while (size) {
        uint32_t character;
        size_t length = read_character(at, size, &character);

        if (!length || (xml && !is_in_xml(character)))
            return false;
        at += length;
        size -= length;
    }
    return true;
}

bool jn_aws_is_text(const void *bytes, size_t size)
{
    return size && is_utf8(bytes, size, true);
}

bool jn_aws_is_utf8(const void *bytes, size_t size)
{
    return is_utf8(bytes, size, false);
}
