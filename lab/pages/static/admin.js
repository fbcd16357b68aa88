// The administrator's page: the figures are fetched again; what is being typed stays.

const facts = document.getElementById("facts");

async function refresh() {
  const response = await fetch(location.href, { cache: "no-store" }).catch(() => null);
  if (response?.redirected) {
    location.reload();
    return;
  }
  const page = response?.ok && new DOMParser().parseFromString(await response.text(), "text/html");
  const fresh = page && page.getElementById("facts");
  if (fresh) facts.innerHTML = fresh.innerHTML;
  else if (!facts.querySelector("[data-gone]")) {
    const notice = document.createElement("p");
    notice.className = "notice care";
    notice.dataset.gone = "";
    notice.setAttribute("role", "status");
    notice.textContent = facts.dataset.lost;
    facts.prepend(notice);
  }
  setTimeout(refresh, Number(facts.dataset.every) * 1000);
}

setTimeout(refresh, Number(facts.dataset.every) * 1000);
