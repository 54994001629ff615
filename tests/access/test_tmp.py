import pytest
from tests.access import people
pytestmark = pytest.mark.asyncio(loop_scope="session")
async def test_x(cast):
    p = cast.portal
    for a,k in ((cast.victim,False),(cast.neighbour,False),(cast.roleless,True)):
        b = await people.log_in(p,a,as_person=k)
        async with await b.tab() as tab:
            await tab.hydrate("/unit" if not k else "/my")
            print(tab.departures, [s in tab.received for s in a.secrets], a.secrets)
            print(len(tab.frames))
    b = people.Browser(p)
    async with await b.tab() as tab:
        await tab.hydrate("/unit")
        print(tab.departures, tab.sent)
    print({k:len(v) for k,v in people.dump(p).items()})
