/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * introspect.c - see introspect.h, and https://varlink.org/Service
 */
#include <stddef.h>

#include "introspect.h"
#include "server.h"
#include "util.h"

#define SERVICE "org.varlink.service"

static const char service_description[] =
	"# What every varlink server says of itself\n"
	"interface " SERVICE "\n"
	"\n"
	"method GetInfo() -> (\n"
	"  vendor: string,\n"
	"  product: string,\n"
	"  version: string,\n"
	"  url: string,\n"
	"  interfaces: []string\n"
	")\n"
	"\n"
	"method GetInterfaceDescription(interface: string) ->\n"
	"  (description: string)\n"
	"\n"
	"error InterfaceNotFound(interface: string)\n"
	"error MethodNotFound(method: string)\n"
	"error MethodNotImplemented(method: string)\n"
	"error InvalidParameter(parameter: string)\n"
	"error PermissionDenied()\n"
	"error ExpectedMore()\n";

/* Nothing where memory lacks: sending will say so. */
static void put_text(struct json_object *object, const char *key,
		     const char *text)
{
	if (object)
		(void)json_object_object_add(object, key,
					     json_object_new_string(text));
}

static struct json_object *list_interfaces(const char *interface)
{
	struct json_object *list = json_object_new_array();

	if (list)
		(void)json_object_array_add(list,
				json_object_new_string(SERVICE));
	if (list && interface)
		(void)json_object_array_add(list,
				json_object_new_string(interface));
	return list;
}

static void get_info(struct server_call *call, const char *interface)
{
	struct json_object *reply = json_object_new_object();

	put_text(reply, "vendor", PACKAGE_NAME);
	put_text(reply, "product", PACKAGE_NAME);
	put_text(reply, "version", PACKAGE_VERSION);
	put_text(reply, "url", PACKAGE_URL);
	if (reply)
		(void)json_object_object_add(reply, "interfaces",
					     list_interfaces(interface));
	server_reply(call, reply);
}

static void get_description(struct server_call *call, const char *interface,
			    const char *description)
{
	const char *asked = varlink_string(server_parameters(call),
					   "interface");
	struct json_object *reply;
	const char *text = NULL;

	if (*asked == '\0') {
		server_invalid(call, "interface");
		return;
	}
	if (streq(asked, SERVICE))
		text = service_description;
	else if (interface && streq(asked, interface))
		text = description;

	reply = json_object_new_object();
	if (text) {
		put_text(reply, "description", text);
		server_reply(call, reply);
	} else {
		put_text(reply, "interface", asked);
		server_error(call, SERVICE ".InterfaceNotFound", reply);
	}
}

bool introspect(struct server_call *call, const char *method,
		const char *interface, const char *description)
{
	if (streq(method, SERVICE ".GetInfo"))
		get_info(call, interface);
	else if (streq(method, SERVICE ".GetInterfaceDescription"))
		get_description(call, interface, description);
	else
		return false;
	return true;
}
