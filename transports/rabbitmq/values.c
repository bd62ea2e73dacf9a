/* values.c - the values of AMQP headers as texts. */
#include "rabbitmq/values.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { NUMBER_SIZE = 64 };

char *jn_rabbit_text(amqp_pool_t *pool, amqp_bytes_t bytes)
{
    char *text = amqp_pool_alloc(pool, bytes.len + 1);

    if (!text)
        return NULL;
    if (bytes.len)
        memcpy(text, bytes.bytes, bytes.len);
    text[bytes.len] = '\0';
    return text;
}

static bool read_integer(const amqp_field_value_t *value, int64_t *number)
{
    switch (value->kind) {
    case AMQP_FIELD_KIND_I8:
        *number = value->value.i8;
        return true;
    case AMQP_FIELD_KIND_U8:
        *number = value->value.u8;
        return true;
    case AMQP_FIELD_KIND_I16:
        *number = value->value.i16;
        return true;
    case AMQP_FIELD_KIND_U16:
        *number = value->value.u16;
        return true;
    case AMQP_FIELD_KIND_I32:
        *number = value->value.i32;
        return true;
    case AMQP_FIELD_KIND_U32:
        *number = value->value.u32;
        return true;
    case AMQP_FIELD_KIND_I64:
        *number = value->value.i64;
        return true;
    default:
        return false;
    }
}

int64_t jn_rabbit_value_number(const amqp_field_value_t *value, int64_t otherwise)
{
    int64_t number;
    char text[NUMBER_SIZE];
    char *end;

    if (read_integer(value, &number))
        return number;
    if (value->kind != AMQP_FIELD_KIND_UTF8 || value->value.bytes.len == 0 ||
        value->value.bytes.len >= sizeof text)
        return otherwise;
    memcpy(text, value->value.bytes.bytes, value->value.bytes.len);
    text[value->value.bytes.len] = '\0';
    number = strtoll(text, &end, 10);
    return *end ? otherwise : number;
}

bool jn_rabbit_value_is_text(const amqp_field_value_t *value)
{
    return value->kind != AMQP_FIELD_KIND_ARRAY && value->kind != AMQP_FIELD_KIND_TABLE &&
           value->kind != AMQP_FIELD_KIND_VOID;
}

/* The shortest form that gives the same number, with a point in every locale. */
static void write_double(char *text, double number)
{
    for (int digits = 15; digits <= 17; digits++) {
        snprintf(text, NUMBER_SIZE, "%.*g", digits, number);
        if (strtod(text, NULL) == number)
            break;
    }
    for (; *text; text++)
        if (*text == ',')
            *text = '.';
}

static void write_time(char *text, uint64_t seconds)
{
    time_t moment = (time_t)seconds;
    struct tm parts;

    if (!gmtime_r(&moment, &parts) ||
        strftime(text, NUMBER_SIZE, "%Y-%m-%dT%H:%M:%SZ", &parts) == 0)
        snprintf(text, NUMBER_SIZE, "%" PRIu64, seconds);
}

static void write_decimal(char *text, amqp_decimal_t decimal)
{
    char digits[NUMBER_SIZE / 2];
    int scale = decimal.decimals > 20 ? 20 : decimal.decimals;
    int length =
        snprintf(digits, sizeof digits, "%0*" PRIu32, scale + 1, decimal.value) - scale;

    jn_text_format(text, NUMBER_SIZE, "%.*s%s%s", length, digits, scale ? "." : "",
                   digits + length);
}

static void write_value(char *text, const amqp_field_value_t *value)
{
    int64_t number;

    *text = '\0';
    if (read_integer(value, &number))
        snprintf(text, NUMBER_SIZE, "%" PRId64, number);
    else if (value->kind == AMQP_FIELD_KIND_BOOLEAN)
        jn_text_copy(text, NUMBER_SIZE, value->value.boolean ? "true" : "false");
    else if (value->kind == AMQP_FIELD_KIND_U64)
        snprintf(text, NUMBER_SIZE, "%" PRIu64, value->value.u64);
    else if (value->kind == AMQP_FIELD_KIND_TIMESTAMP)
        write_time(text, value->value.u64);
    else if (value->kind == AMQP_FIELD_KIND_F32)
        write_double(text, (double)value->value.f32);
    else if (value->kind == AMQP_FIELD_KIND_F64)
        write_double(text, value->value.f64);
    else if (value->kind == AMQP_FIELD_KIND_DECIMAL)
        write_decimal(text, value->value.decimal);
}

char *jn_rabbit_value_text(amqp_pool_t *pool, const amqp_field_value_t *value)
{
    char text[NUMBER_SIZE];

    if (value->kind == AMQP_FIELD_KIND_UTF8 || value->kind == AMQP_FIELD_KIND_BYTES)
        return jn_rabbit_text(pool, value->value.bytes);
    write_value(text, value);
    return jn_rabbit_text(pool, amqp_cstring_bytes(text));
}
