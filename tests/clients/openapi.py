"""Whether OpenAPI documents are valid.

Arguments: their addresses. It prints what is wrong, and ends with 1 if anything is.
"""

import json
import sys
import urllib.request

from openapi_spec_validator import OpenAPIV31SpecValidator

wrong = 0
for address in sys.argv[1:]:
    with urllib.request.urlopen(address, timeout=60) as answer:
        document = json.load(answer)
    for fault in OpenAPIV31SpecValidator(document).iter_errors():
        print(f"{address}: {'/'.join(str(step) for step in fault.absolute_path)}: {fault.message[:300]}")
        wrong = 1
sys.exit(wrong)
