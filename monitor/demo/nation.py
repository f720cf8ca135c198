"""The systems of the nation: hubs, national databases and the systems everybody reports to."""

from dataclasses import dataclass

from monitor.demo.entry import Entry
from monitor.demo.piece import Piece


@dataclass(frozen=True, slots=True, kw_only=True)
class National:
    """One national system.

    Attributes:
        short: What a connection to it is called, in Vietnamese and in English; empty when nobody has one.
        for_all: Whether central agencies use it too, not only provinces and cities.
    """

    agency: str
    id: str
    kind: str
    name: str
    name_en: str
    templates: tuple[str, ...]
    tier: int = 1
    short: tuple[str, str] = ("", "")
    for_all: bool = False

    def piece(self) -> Piece:
        """Return it as part of the country."""
        facts: Entry = {
            "kind": self.kind,
            "name": self.name,
            "name_en": self.name_en,
            "owner": "truc-ban",
            "zone": "tslcd",
            "security_level": 5 - self.tier,
            "tier": self.tier,
        }
        return Piece(agency=self.agency, id=self.id, templates=self.templates, facts=facts)


NATIONAL: tuple[National, ...] = (
    National(
        agency="bo-cong-an",
        id="population-db",
        kind="national_database",
        name="Cơ sở dữ liệu quốc gia về dân cư",
        name_en="National population database",
        templates=("secure-service", "records"),
        short=("dân cư", "population"),
        for_all=True,
    ),
    National(
        agency="bo-khoa-hoc-va-cong-nghe",
        id="ndxp",
        kind="hub",
        name="Nền tảng tích hợp, chia sẻ dữ liệu quốc gia",
        name_en="National data exchange platform (NDXP)",
        templates=("lgsp",),
    ),
    National(
        agency="van-phong-chinh-phu",
        id="portal",
        kind="national_system",
        name="Cổng Dịch vụ công quốc gia",
        name_en="National public service portal",
        templates=("secure-service", "secure-adapter"),
    ),
    National(
        agency="bo-nong-nghiep-va-moi-truong",
        id="land-db",
        kind="national_database",
        name="Cơ sở dữ liệu quốc gia về đất đai",
        name_en="National land database",
        templates=("secure-service", "records"),
        short=("đất đai", "land"),
    ),
    National(
        agency="van-phong-chinh-phu",
        id="vdxp",
        kind="hub",
        name="Trục liên thông văn bản quốc gia",
        name_en="National e-document exchange (VDXP)",
        templates=("document-exchange", "greeting"),
        short=("văn bản điện tử", "e-documents"),
        for_all=True,
    ),
    National(
        agency="bo-cong-an",
        id="ndop",
        kind="hub",
        name="Nền tảng chia sẻ, điều phối dữ liệu",
        name_en="Data sharing and orchestration platform (NDOP)",
        templates=("lgsp",),
    ),
    National(
        agency="bo-tai-chinh",
        id="business-registration-db",
        kind="national_database",
        name="Cơ sở dữ liệu quốc gia về đăng ký doanh nghiệp",
        name_en="National business registration database",
        templates=("secure-service", "records"),
        short=("đăng ký doanh nghiệp", "business registration"),
    ),
    National(
        agency="bo-tai-chinh",
        id="insurance-db",
        kind="national_database",
        name="Cơ sở dữ liệu quốc gia về bảo hiểm",
        name_en="National insurance database",
        templates=("web-service", "records"),
        short=("bảo hiểm", "insurance"),
    ),
    National(
        agency="bo-tu-phap",
        id="civil-status-db",
        kind="national_database",
        name="Cơ sở dữ liệu hộ tịch điện tử",
        name_en="Electronic civil status database",
        templates=("soap-service", "records"),
        short=("hộ tịch", "civil status"),
    ),
    National(
        agency="van-phong-chinh-phu",
        id="reporting",
        kind="national_system",
        name="Hệ thống thông tin báo cáo Chính phủ",
        name_en="Government reporting system",
        templates=("web-service",),
        short=("báo cáo Chính phủ", "government reporting"),
        for_all=True,
    ),
    National(
        agency="bo-khoa-hoc-va-cong-nghe",
        id="emc",
        kind="national_system",
        name="Hệ thống giám sát, đo lường mức độ cung cấp và sử dụng dịch vụ Chính phủ số",
        name_en="Digital government service measurement system (EMC)",
        templates=("web-service",),
        tier=2,
        short=("giám sát, đo lường dịch vụ số", "service measurement"),
        for_all=True,
    ),
    National(
        agency="bo-cong-an",
        id="eid",
        kind="national_system",
        name="Hệ thống định danh và xác thực điện tử",
        name_en="Electronic identification and authentication system",
        templates=("secure-service", "secure-adapter"),
        short=("định danh và xác thực điện tử", "electronic identification"),
        for_all=True,
    ),
    National(
        agency="bo-noi-vu",
        id="civil-servant-db",
        kind="national_database",
        name="Cơ sở dữ liệu quốc gia về cán bộ, công chức, viên chức",
        name_en="National database of civil servants",
        templates=("web-service", "records"),
        tier=2,
        short=("cán bộ, công chức, viên chức", "civil servants"),
        for_all=True,
    ),
    National(
        agency="bo-tu-phap",
        id="legal-document-db",
        kind="national_database",
        name="Cơ sở dữ liệu quốc gia về văn bản pháp luật",
        name_en="National database of legal documents",
        templates=("web-service",),
        tier=2,
        short=("văn bản pháp luật", "legal documents"),
        for_all=True,
    ),
    National(
        agency="bo-tai-chinh",
        id="price-db",
        kind="national_database",
        name="Cơ sở dữ liệu quốc gia về giá",
        name_en="National price database",
        templates=("web-service", "records"),
        tier=2,
        short=("giá", "prices"),
    ),
    National(
        agency="bo-cong-an",
        id="driving-licence-db",
        kind="sectoral_database",
        name="Cơ sở dữ liệu giấy phép lái xe",
        name_en="Driving licence database",
        templates=("soap-service",),
        tier=2,
        short=("giấy phép lái xe", "driving licences"),
    ),
    National(
        agency="bo-khoa-hoc-va-cong-nghe",
        id="shared-catalogues",
        kind="sectoral_database",
        name="Hệ thống danh mục dùng chung",
        name_en="Shared catalogues",
        templates=("web-service",),
        tier=2,
        short=("danh mục dùng chung", "shared catalogues"),
        for_all=True,
    ),
)
"""Those that matter most stand first: a small country has only these."""
