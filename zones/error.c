#include "zones/error.h"

#include <stdarg.h>
#include <stdio.h>

enum status
error_set(struct error *error, enum status status, const char *format, ...)
{
	if (error == NULL)
		return status;
	error->status = status;
	va_list arguments;
	va_start(arguments, format);
	vsnprintf(error->text, sizeof(error->text), format, arguments);
	va_end(arguments);
	return status;
}
