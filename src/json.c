/* SPDX-License-Identifier: MIT */
#include "sandbox_init/json.h"

#include "sandbox_init/escape.h"

#include <inttypes.h>

void json_open(struct json *json, char bracket)
{
    fputc(bracket, json->stream);
    json->is_first = true;
}

void json_close(struct json *json, char bracket)
{
    fputc(bracket, json->stream);
    json->is_first = false;
}

void json_name(struct json *json, const char *name)
{
    json_entry(json);
    fprintf(json->stream, "\"%s\": ", name);
}

static void put_string(const struct json *json, const char *value)
{
    char shown[JSON_STRING_MAX];
    escape_json(shown, sizeof shown, value);
    fprintf(json->stream, "\"%s\"", shown);
}

void json_string(struct json *json, const char *name, const char *value)
{
    json_name(json, name);
    put_string(json, value);
}

void json_text(struct json *json, const char *name, const char *value)
{
    if (value[0] != '\0') {
        json_string(json, name, value);
    } else {
        json_null(json, name);
    }
}

void json_number(struct json *json, const char *name, uint64_t value)
{
    json_name(json, name);
    fprintf(json->stream, "%" PRIu64, value);
}

void json_null(struct json *json, const char *name)
{
    json_name(json, name);
    fputs("null", json->stream);
}

void json_flag(struct json *json, const char *name, bool is_true)
{
    json_name(json, name);
    fputs(is_true ? "true" : "false", json->stream);
}

void json_entry(struct json *json)
{
    fputs(json->is_first ? "" : ", ", json->stream);
    json->is_first = false;
}

void json_entry_line(struct json *json)
{
    fputs(json->is_first ? "" : ",\n ", json->stream);
    json->is_first = false;
}

void json_entry_string(struct json *json, const char *value)
{
    json_entry(json);
    put_string(json, value);
}
