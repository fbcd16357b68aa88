"""Small sets of words that steer the search for names; long lists are in ``policies/lists``."""

from __future__ import annotations

PAIR, TRIPLE = 2, 3
"""Syllables of the shortest names."""
STRONG, COMMON, RARE = 3.0, 1.5, 0.5
"""Weights of surnames, by how much else they may be."""
TELLING = 2.0
"""Weight from which a surname is hardly ever another word."""

MOST = frozenset(("văn", "thị", "van", "thi"))
"""Middle names so common that a surname before them is a person."""
ONLY_MIDDLES = frozenset(("thùy", "thuỳ", "thúy", "thuý", "quỳnh", "bích", "diệu", "khắc"))
"""Middle names that are hardly ever another word behind a surname."""
ROLE_STARTS = frozenset(
    (
        *("bí", "phó", "chủ", "trưởng", "giám", "chánh", "ủy", "đảng", "cán", "kế", "thư", "tổ"),
        *("hội", "đội", "thường", "bi", "pho", "chu", "truong", "giam"),
    )
)
"""First words of offices, which follow a name without a comma."""
ADDRESS = frozenset(
    ("ông", "bà", "anh", "chị", "em", "cháu", "cô", "chú", "bác", "dì", "cậu", "thầy", "cụ")
)
"""Forms of address that are one word, and begin many other expressions."""
BARE_ADDRESS = frozenset(
    ("ong", "ba", "anh", "chi", "em", "chau", "co", "chu", "bac", "di", "cau", "thay", "cu")
)
PERSONAL = BARE_ADDRESS | frozenset(
    (
        *("dong chi", "d c", "dc", "cong dan", "cu tri", "hoc sinh", "sinh vien", "benh nhan"),
        *("nguoi benh", "nan nhan", "bi can", "bi cao", "thay giao", "co giao", "bac si", "bac sy"),
        *("gia lang", "chu ho", "ho ong", "ho ba", "be", "vo", "chong", "con", "con trai"),
        *("con gai", "ong noi", "ba noi", "ong ngoai", "ba ngoai", "mo", "thim", "ong ba"),
        *("anh chi", "gia dinh ong", "gia dinh ba", "gia dinh anh", "gia dinh chi"),
        *("kinh gui ong", "kinh gui ba", "kinh gui anh", "kinh gui chi", "gui ong", "gui ba"),
        *("gui anh", "gui chi", "mr", "mrs", "ms"),
    )
)
"""Cues that lead to a person only; others (``giám đốc``, ``cán bộ``) lead to offices as well."""
DOUBTFUL_ADDRESS = frozenset(
    (
        *("ba", "co", "chi", "con", "bac", "di", "cau", "be", "cha", "me", "bo", "ho", "vo"),
        *("ban", "chu"),
    )
)
"""Forms of address that, without accents, are many other words."""
STREET_WORDS = frozenset(
    ("đường", "đình", "cầu", "khu", "làng", "xóm", "bản", "quán", "cống", "trại", "đền")
)
"""Surnames on paper, but before a capital the word for a place."""
BARE_STREETS = STREET_WORDS | {"duong", "pho", "cau", "truong"}
"""The same before the name of a public figure, without accents as well."""
ORDER_NAMES = frozenset(("hai", "ba", "tư", "năm", "sáu", "bảy", "tám", "chín", "út", "cả", "nữ"))
"""``Anh Hai``: by order of birth, nobody's name."""
AFTER_GIVEN = frozenset(
    ("ở", "là", "sinh", "trú", "sn", "và", "có", "bị", "hiện", "quê", "thường", "gửi")
)
"""What may follow a given name that stands behind a label."""
AFTER_LOWER = (AFTER_GIVEN - {"có", "và", "là", "bị"}) | frozenset(
    (
        *("với", "xóm", "thôn", "bản", "khối", "ký", "đến", "lên", "xin", "nộp", "bảo", "nói"),
        *("nhờ", "chưa", "đã", "đang", "sđt", "đây", "ạ", "nhé", "nhắn", "mất", "vừa", "hôm"),
        *("nghỉ", "họp", "kêu", "khai", "mượn", "trả", "thôn", "cccd", "tuổi", "mà", "chủ", "kế"),
        *("bên", "phòng", "bán", "dạy", "làm", "trực", "đầu", "cuối", "tổ", "lớp", "sửa", "giao"),
        *("gọi", "hẹn", "sẽ", "ốm", "đòi", "đề", "cần", "muốn", "hỏi", "kể", "lái", "dọn", "nấu"),
        *("không", "hay", "tính", "vẫn", "cũng", "được", "thiếu", "quên", "bảo", "lo", "ngã"),
    )
)
"""The same behind a name in lower case, where ``có``, ``và`` may go on in any way."""
MEETING = frozenset(
    (
        *("gặp", "mời", "gọi", "nhắn", "gửi", "nhờ", "cho", "với", "và", "của", "hỏi", "đón"),
        *("đưa", "báo", "tên", "vợ", "chồng", "thăm", "hẹn", "giao", "từ", "tặng", "tìm"),
    )
)
"""What stands before a form of address and a name at the end of a clause."""
OFFICE_HEADS = frozenset(
    (
        *("giam", "can", "cong", "vien", "chuyen", "bi", "chu", "truong", "pho", "chanh", "uy"),
        *("to", "doi", "hoi", "chi", "thu", "nguoi", "dai", "lien", "nhan", "hieu", "thon", "xom"),
        *("dang", "quan", "doan", "thanh", "tac", "khach", "ho", "full", "name", "ky"),
    )
)
"""First words of cues that lead to offices as well as to people: ``giám đốc Sở``."""
ACTS_ALONE = frozenset(
    (
        *("nghỉ", "dự", "chủ", "phụ", "soạn", "tham", "hẹn", "yêu", "chuyển", "tiếp", "mong"),
        *("kiến", "đăng", "chịu", "điều", "thông", "bàn", "đứng", "sắp", "trực", "nghi", "du"),
    )
)
"""First syllables of what somebody does, behind a given name alone: ``kế toán Thử nghỉ``."""
OPENERS = frozenset(
    (
        *("thế", "vậy", "nghe", "giữ", "sáng", "chiều", "tối", "trưa", "nhờ", "giúp", "nay", "nơi"),
        *("mẫu", "luật", "sở", "bộ", "còn", "hôm", "mai", "năm", "tháng", "ngày", "tết", "xuân"),
        *("mật", "quyết", "tuyệt", "hạn", "việc", "đòan"),
        *("lưu", "đất", "người", "trẻ", "nước", "ghi", "rằm", "khá", "tốt"),
    )
)
"""Words that begin sentences, and are given names only behind a form of address."""
