"""A security server of X-Road, strict about its protocols, for the tests of all four kinds."""

import asyncio
import json
import re
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote

import pytest
from aiohttp import web
from lxml import etree

from monitor.testing import serve

SOAP = "http://schemas.xmlsoap.org/soap/envelope/"
ROAD = "http://x-road.eu/xsd/xroad.xsd"
IDS = "http://x-road.eu/xsd/identifiers"
OPERATIONS = "http://x-road.eu/xsd/op-monitoring.xsd"
METRICS = "http://x-road.eu/xsd/monitoring"
UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")
CLIENT = "VN/GOV/HN 01/monitor"
PROVIDER = "VN/GOV/BCA/dancu"
SERVER = "VN/GOV/BCA/ss1"
SECRET_TEXT = "canary 079012345678"
PARTS = ("xRoadInstance", "memberClass", "memberCode", "subsystemCode", "serviceCode", "serverCode", "serviceVersion")


@dataclass
class SecurityServer:
    """What PR-REST, PR-MESS, PR-META, PR-OPMON and PR-ENVMONMES ask of a security server.

    Attributes:
        error: Code of the error to answer with.
        answers: Bodies of answers by service code: JSON by REST, XML by SOAP.
        tampered: Message id to answer with instead of the request's; empty for none at all.
    """

    error: str = ""
    status: int = 200
    answers: dict[str, Any] = field(default_factory=dict)
    tampered: str | None = None
    allowed: tuple[str, ...] = ("Count",)
    offered: tuple[str, ...] = ("Count", "List.v1")
    is_old: bool = False
    delays: dict[str, float] = field(default_factory=dict)
    messages: set[str] = field(default_factory=set)
    calls: list[str] = field(default_factory=list)

    async def respond(self, request: web.Request) -> web.StreamResponse:
        if request.path == "/listClients":
            self.calls.append("listClients")
            await asyncio.sleep(self.delays.get("listClients", 0))
            return self.clients(request)
        if request.path.startswith("/r1/"):
            return await self.rest(request)
        if request.method == "POST" and request.path == "/":
            return await self.soap(request)
        return web.Response(status=404)

    def problem(self, client: list[str], message: str) -> str:
        """Return the code of what is wrong with a message, whatever it is sent by."""
        if client != CLIENT.split("/"):
            return "Server.ClientProxy.UnknownMember"
        if not UUID.fullmatch(message) or message in self.messages:
            return "Client.BadRequest"
        self.messages.add(message)
        return self.error

    async def rest(self, request: web.Request) -> web.StreamResponse:
        parts = request.raw_path.partition("?")[0].split("/")[2:]
        *provider, code = [unquote(part) for part in parts[:5]]
        raw = request.headers.get("X-Road-Client", "")
        client = [unquote(part) for part in raw.split("/")] if re.fullmatch(r"[A-Za-z0-9%/._~-]+", raw) else []
        message = request.headers.get("X-Road-Id", "")
        self.calls.append(code)
        await asyncio.sleep(self.delays.get(code, 0))
        wrong = self.problem(client, message) or (
            "" if "/".join(provider) == PROVIDER else "Server.ClientProxy.UnknownMember"
        )
        if wrong:
            said = {"type": wrong, "message": SECRET_TEXT, "detail": SECRET_TEXT}
            return web.json_response(said, status=500, headers={"X-Road-Error": wrong})
        echoed = message if self.tampered is None else self.tampered
        headers = {"X-Road-Id": echoed, "X-Road-Request-Id": "canary", "X-Road-Service": "/".join((*provider, code))}
        if not echoed:
            del headers["X-Road-Id"]
        if code in ("listMethods", "allowedMethods") and code not in self.answers:
            return web.json_response({"service": [self.method(one) for one in self.methods(code)]}, headers=headers)
        found = self.answers.get(code, {"path": "/".join(parts[5:]), "waiting": 3})
        body = found if isinstance(found, bytes) else json.dumps(found).encode()
        return web.Response(status=self.status, body=body, headers={**headers, "Content-Type": "application/json"})

    def methods(self, code: str) -> tuple[str, ...]:
        return self.offered if code == "listMethods" else self.allowed

    def method(self, name: str) -> dict[str, Any]:
        code, _, version = name.partition(".")
        names = {"object_type": "SERVICE", "member_code": "BCA", "service_code": code, "endpoint_list": []}
        return {**names, "service_version": version} if version else names

    async def soap(self, request: web.Request) -> web.StreamResponse:
        if (
            request.headers.get("Content-Type") != "text/xml; charset=utf-8"
            or request.headers.get("SOAPAction") != '""'
        ):
            return self.fault("Client.InvalidContentType")
        root = etree.fromstring(await request.read(), etree.XMLParser(resolve_entities=False))
        header, body = root.find(f"{{{SOAP}}}Header"), root.find(f"{{{SOAP}}}Body")
        blocks = {block.tag.removeprefix(f"{{{ROAD}}}"): block for block in header}
        service = self.named(blocks["service"], "SERVICE")
        code = blocks["service"].findtext(f"{{{IDS}}}serviceCode")
        self.calls.append(code)
        await asyncio.sleep(self.delays.get(code, 0))
        message = blocks["id"].text
        wrong = self.problem(self.named(blocks["client"], "SUBSYSTEM"), message)
        if blocks["protocolVersion"].text != "4.0" or len(body) != 1:
            wrong = wrong or "Client.InvalidSoap"
        if code.startswith("getSecurityServer"):
            is_owner = service == [*SERVER.split("/")[:3], code]
            is_asked = "securityServer" in blocks and self.named(blocks["securityServer"], "SERVER") == SERVER.split(
                "/"
            )
            wrong = wrong or ("" if is_owner and is_asked else "Server.ServerProxy.UnknownService")
        elif service[:4] != PROVIDER.split("/"):
            wrong = wrong or "Server.ClientProxy.UnknownMember"
        if wrong:
            return self.fault(wrong)
        if code in ("listMethods", "allowedMethods") and code not in self.answers:
            answer = self.listed(code)
        else:
            answer = self.answers.get(code, f'<CountResponse xmlns="urn:a"><n>17</n>{code}</CountResponse>')
        if isinstance(answer, bytes):
            return web.Response(body=answer, status=self.status, content_type="text/xml")
        if (echoed := message if self.tampered is None else self.tampered) != message:
            blocks["id"].text = echoed
        if not echoed:
            header.remove(blocks["id"])
        body[:] = [etree.fromstring(answer)]
        return web.Response(body=etree.tostring(root), content_type="text/xml")

    def listed(self, code: str) -> str:
        services = ""
        for name in self.methods(code):
            text, _, version = name.partition(".")
            more = f"<id:serviceVersion>{version}</id:serviceVersion>" if version else ""
            services += f"<service><id:serviceCode>{text}</id:serviceCode>{more}</service>"
        return f'<{code}Response xmlns="{ROAD}" xmlns:id="{IDS}">{services}</{code}Response>'

    def named(self, block: Any, kind: str) -> list[str]:
        """Return the parts of an identifier, none of them when its type is wrong or their order."""
        names = [child.tag.removeprefix(f"{{{IDS}}}") for child in block]
        order = [PARTS.index(name) for name in names]
        is_good = block.get(f"{{{IDS}}}objectType") == kind and order == sorted(order)
        return [child.text for child in block] if is_good else []

    def fault(self, code: str) -> web.Response:
        text = f"<faultcode>{code}</faultcode><faultstring>{SECRET_TEXT}</faultstring><detail>{SECRET_TEXT}</detail>"
        body = f'<s:Envelope xmlns:s="{SOAP}"><s:Body><s:Fault>{text}</s:Fault></s:Body></s:Envelope>'
        return web.Response(status=500, text=body, content_type="text/xml")

    def clients(self, request: web.Request) -> web.Response:
        if "listClients" in self.answers:
            return web.Response(body=self.answers["listClients"], status=self.status)
        listed = (CLIENT.split("/"), PROVIDER.split("/"), PROVIDER.split("/")[:3])
        if request.headers.get("Accept") == "application/json" and not self.is_old:
            names = ("xroad_instance", "member_class", "member_code", "subsystem_code")
            members = [{"id": dict(zip(names, one, strict=False)), "name": SECRET_TEXT} for one in listed]
            return web.json_response({"member": members})
        members = ""
        for one in listed:
            parts = "".join(f"<id:{name}>{part}</id:{name}>" for name, part in zip(PARTS, one, strict=False))
            members += f'<member><id id:objectType="SUBSYSTEM">{parts}</id><name>{SECRET_TEXT}</name></member>'
        text = f'<clientList xmlns="{ROAD}" xmlns:id="{IDS}">{members}</clientList>'
        return web.Response(text=text, content_type="text/xml")


@pytest.fixture
def road():
    """Return a function that serves a security server: ``async with road() as (server, settings)``."""

    @asynccontextmanager
    async def served(**options: Any) -> Any:
        server = SecurityServer()
        async with serve(server.respond) as url:
            yield server, {"target": url, "client": CLIENT, **options}

    return served
