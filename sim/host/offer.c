/* See offer.h.  A function here adds what is wrong to `fault`, or nothing; who called it looks
 * there and goes no further.  Names are what a scenario may call things (scenario/value.h says the
 * same). */
#include "host/offer.h"

#include <string.h>

#include "base/text.h"

enum { NAME_MAX_BYTES = 64, PROGRAM_NAME_MAX_BYTES = 2 * NAME_MAX_BYTES + 2 };

#define NAME_RULE "a name is 1 to 64 letters, digits, \".\", \"_\" or \"-\""

static bool is_found(const struct cs_text *fault) { return fault->size > 0; }

static bool is_name(const char *name)
{
    static const char allowed[] =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-";
    size_t size = strlen(name);
    return size >= 1 && size <= NAME_MAX_BYTES && strspn(name, allowed) == size;
}

/* A program as a scenario names it. */
struct owner {
    char name[PROGRAM_NAME_MAX_BYTES];
};

/* What of a program a name belongs to, like "parameter". */
static void check_member(const char *what, const char *name, const struct owner *owner,
                         struct cs_text *fault)
{
    if (!is_name(name)) {
        cs_text_add(fault, "program \"%s\" has a %s called \"%s\", but " NAME_RULE, owner->name,
                    what, name);
    }
}

/* `what` in the plural. */
static void tell_twice(const char *what, const char *name, const struct owner *owner,
                       struct cs_text *fault)
{
    cs_text_add(fault, "program \"%s\" has two %s called \"%s\"", owner->name, what, name);
}

/* ---- The tables of a program ----------------------------------------------------------------- */

static const struct cs_param *find_param(const struct cs_param *params, const char *name)
{
    for (const struct cs_param *p = params; p != NULL && p->name != NULL; p++) {
        if (strcmp(p->name, name) == 0)
            return p;
    }
    return NULL;
}

static bool is_time(const struct cs_param *param)
{
    return param->kind == CS_PARAM_DURATION || param->kind == CS_PARAM_DISTRIBUTION;
}

static void check_param(const struct cs_program *program, const struct cs_param *param,
                        const struct owner *owner, struct cs_text *fault)
{
    cs_assert(param->name != NULL);
    check_member("parameter", param->name, owner, fault);
    if (is_found(fault))
        return;
    const char *wrong = NULL;
    const struct cs_param *above =
        param->below != NULL ? find_param(program->params, param->below) : NULL;
    if ((unsigned)param->kind > CS_PARAM_CHOICE) {
        wrong = "is of no kind that there is";
    } else if (param->kind == CS_PARAM_CHOICE &&
               (param->choices == NULL || param->choices[0] == NULL)) {
        wrong = "has no choices";
    } else if (param->max != 0 && param->min > param->max) {
        wrong = "has a least value above its largest";
    } else if (param->help == NULL) {
        wrong = "has no help";
    } else if (param->below != NULL &&
               (above == NULL || param->kind != CS_PARAM_DURATION || !is_time(above))) {
        wrong = "is to be below what is no parameter of time";
    }
    if (wrong != NULL) {
        cs_text_add(fault, "parameter \"%s\" of program \"%s\" %s", param->name, owner->name,
                    wrong);
    } else if (find_param(program->params, param->name) != param) {
        tell_twice("parameters", param->name, owner, fault);
    }
}

static void check_volume(const struct cs_program *program, const struct cs_volume_spec *volume,
                         const struct owner *owner, struct cs_text *fault)
{
    cs_assert(volume->name != NULL);
    check_member("volume", volume->name, owner, fault);
    if (is_found(fault))
        return;
    const struct cs_param *counts =
        volume->counted != NULL ? find_param(program->params, volume->counted) : NULL;
    if (volume->size == 0) {
        cs_text_add(fault, "volume \"%s\" of program \"%s\" has no size", volume->name,
                    owner->name);
    } else if (volume->counted != NULL && (counts == NULL || counts->kind != CS_PARAM_NUMBER)) {
        cs_text_add(fault,
                    "volume \"%s\" of program \"%s\" is counted by what is no parameter that is a "
                    "number",
                    volume->name, owner->name);
    }
    for (const struct cs_volume_spec *v = program->volumes; v != volume && !is_found(fault); v++) {
        if (strcmp(v->name, volume->name) == 0)
            tell_twice("volumes", volume->name, owner, fault);
    }
}

/* Names that a scenario uses: NULL-terminated, or NULL. */
static void check_names(const char *what, const char *plural, const char *const *names,
                        const struct owner *owner, struct cs_text *fault)
{
    for (const char *const *name = names; name != NULL && *name != NULL && !is_found(fault);
         name++) {
        check_member(what, *name, owner, fault);
        for (const char *const *n = names; n != name && !is_found(fault); n++) {
            if (strcmp(*n, *name) == 0)
                tell_twice(plural, *name, owner, fault);
        }
    }
}

static bool has_handlers(const struct cs_program *program)
{
    return program->on_start != NULL || program->on_message != NULL || program->on_timer != NULL ||
           program->on_disk != NULL || program->on_job != NULL || program->on_request != NULL;
}

static void check_program(const struct cs_program *program, const struct owner *owner,
                          struct cs_text *fault)
{
    if (program->state_size == 0) {
        cs_text_add(fault, "program \"%s\" has no state", owner->name);
    } else if (!has_handlers(program)) {
        cs_text_add(fault, "program \"%s\" has no handlers", owner->name);
    }
    for (const struct cs_param *p = program->params;
         p != NULL && p->name != NULL && !is_found(fault); p++)
        check_param(program, p, owner, fault);
    for (const struct cs_volume_spec *v = program->volumes;
         v != NULL && v->name != NULL && !is_found(fault); v++)
        check_volume(program, v, owner, fault);
    check_names("unit of cost", "units of cost", program->costs, owner, fault);
    check_names("use", "uses", program->uses, owner, fault);
}

/* ---- Protocols ------------------------------------------------------------------------------- */

static struct owner owner_of(const struct cs_protocol *protocol, const struct cs_program *program)
{
    struct owner owner;
    size_t size = strlen(protocol->name), role_size = strlen(program->role);
    cs_assert(size + role_size + sizeof "-" <= sizeof owner.name);
    memcpy(owner.name, protocol->name, size + 1);
    if (strcmp(program->role, "server") != 0) {
        owner.name[size] = '-';
        memcpy(owner.name + size + 1, program->role, role_size + 1);
    }
    return owner;
}

static void check_roles(const struct cs_protocol *protocol, struct cs_text *fault)
{
    for (const struct cs_program *p = protocol->programs; p->role != NULL && !is_found(fault);
         p++) {
        if (!is_name(p->role)) {
            cs_text_add(fault, "protocol \"%s\" has a role called \"%s\", but " NAME_RULE,
                        protocol->name, p->role);
        }
        for (const struct cs_program *q = protocol->programs; q != p && !is_found(fault); q++) {
            if (strcmp(q->role, p->role) == 0) {
                cs_text_add(fault, "protocol \"%s\" has two programs of the role \"%s\"",
                            protocol->name, p->role);
            }
        }
    }
}

/* Whether there is a table to look into. */
static bool check_head(const struct cs_protocol *protocol, struct cs_text *fault)
{
    if (protocol->name == NULL || protocol->name[0] == '\0') {
        cs_text_add(fault, "a protocol has no name");
        return false;
    }
    if (protocol->api_version != CS_API_VERSION) {
        cs_text_add(fault,
                    "protocol \"%s\" was built for version %u of clustersim/protocol.h, this is "
                    "version %u",
                    protocol->name, protocol->api_version, (unsigned)CS_API_VERSION);
        return false;
    }
    if (!is_name(protocol->name)) {
        cs_text_add(fault, "a protocol is called \"%s\", but " NAME_RULE, protocol->name);
        return false;
    }
    if (protocol->programs == NULL || protocol->programs[0].role == NULL) {
        cs_text_add(fault, "protocol \"%s\" has no programs", protocol->name);
        return false;
    }
    return true;
}

static void check_protocol(const struct cs_protocol *protocol, struct cs_text *fault)
{
    if (!check_head(protocol, fault))
        return;
    check_roles(protocol, fault);
    for (const struct cs_program *p = protocol->programs; p->role != NULL && !is_found(fault);
         p++) {
        struct owner owner = owner_of(protocol, p);
        check_program(p, &owner, fault);
    }
}

bool offer_is_sound(const struct cs_protocol *const *protocols, struct cs_text *fault)
{
    cs_assert(protocols != NULL);
    cs_assert(fault->size == 0);
    for (size_t i = 0; protocols[i] != NULL && !is_found(fault); i++) {
        check_protocol(protocols[i], fault);
        for (size_t j = 0; j < i && !is_found(fault); j++) {
            if (strcmp(protocols[j]->name, protocols[i]->name) == 0)
                cs_text_add(fault, "two protocols are called \"%s\"", protocols[i]->name);
        }
    }
    return !is_found(fault);
}
