/* digits.c - whole numbers as text. Each message has several, and printf, which reads its
 * format each time, took a twentieth of the work of a message. */
#include <jangle/plugin/support.h>

#include <assert.h>

size_t jn_digits_write(char text[JN_DIGITS_SIZE], int64_t value, int width)
{
    uint64_t left = value < 0 ? 0 - (uint64_t)value : (uint64_t)value;
    char digits[JN_DIGITS_SIZE];
    size_t at = sizeof digits, size = 0;

    assert(width <= JN_DIGITS_SIZE - 2);
    do {
        digits[--at] = (char)('0' + left % 10);
        left /= 10;
    } while (left || (int)(sizeof digits - at) < width);
    if (value < 0)
        text[size++] = '-';
    memcpy(text + size, digits + at, sizeof digits - at);
    size += sizeof digits - at;
    text[size] = '\0';
    return size;
}
