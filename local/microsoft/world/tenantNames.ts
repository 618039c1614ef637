const known = [
  'Contoso',
  'Fabrikam',
  'Northwind Traders',
  'Tailspin Toys',
  'Wingtip Toys',
  'Adatum Corporation',
  'Adventure Works Cycles',
  'Alpine Ski House',
  'Bellows College',
  'Best For You Organics',
  'Coho Vineyard',
  'Consolidated Messenger',
  'Fourth Coffee',
  'Graphic Design Institute',
  'Humongous Insurance',
  'Lamna Healthcare',
  'Litware',
  'Lucerne Publishing',
  "Margie's Travel",
  "Munson's Pickles Farm",
  'Nod Publishers',
  'Proseware',
  'Relecloud',
  'School of Fine Art',
  'Southridge Video',
  'The Phone Company',
  'Trey Research',
  'VanArsdel',
  'Wide World Importers',
  'Woodgrove Bank',
  'First Up Consultants',
  'Boulder Innovations',
] as const;

const places = words(`
  Alder Bay, Amberfield, Ashcombe, Birchwater, Bramley, Brightmoor, Calder Vale, Cedarholm, Clearbrook,
  Copperdale, Cranmere, Dunford, Eastmark, Elmstead, Fairhaven, Fernhill, Glenrow, Goldcrest, Greywater,
  Harrowgate, Hawkridge, Heatherby, Hollin, Ironbridge Lane, Kestrel Point, Kingsmere, Larkfield, Linden Park,
  Lowmoor, Maplehurst, Marlow Reach, Millbrook, Northgate, Oakhaven, Orchard Row, Pinecrest, Quarry Hill,
  Ravenswood, Redcliff, Rosewell, Saltmarsh, Silverlake, Stonebridge, Sunderleigh, Thornbury, Tidewater,
  Valemont, Westbrook, Whitfield, Yarrow`);

const trades = words(`
  Analytics, Architects, Bakery, Biotech, Brewing, Capital, Ceramics, Chemicals, Clinics, Construction, Couriers,
  Dairy, Dental, Electronics, Energy, Engineering, Events, Farms, Foods, Freight, Furniture, Glassworks, Hotels,
  Instruments, Insurance, Labs, Law, Leasing, Logistics, Media, Metals, Mobility, Optics, Outfitters, Paper,
  Pharma, Plastics, Power, Press, Rail, Robotics, Schools, Seeds, Shipping, Software, Textiles, Timber, Tools,
  Travel, Water`);

const forms = ['', ' Group', ' Partners', ' Holdings', ' International'] as const;

/** The provider whose tenant holds the registrations; never one of its customers. */
export const providerName = 'Clearwatch Managed Security';

/** Name of the customer at `index`; unique for the first 12,500. */
export function tenantName(index: number): string {
  const first = known[index];
  if (first !== undefined) return first;
  // Trade and place turn together with strides coprime to their lengths, so that neighbours in the list do not look alike.
  const position = index - known.length;
  const form = forms[Math.floor(position / 2_500) % forms.length] ?? '';
  const place = places[position % 50] ?? '';
  const trade = trades[(Math.floor((position % 2_500) / 50) + (position % 50) * 7) % 50] ?? '';
  return `${place} ${trade}${form}`;
}

/** The tenant's initial domain. */
export function tenantDomain(name: string): string {
  return `${name.toLowerCase().replace(/[^a-z0-9]/g, '')}.onmicrosoft.com`;
}

function words(list: string): string[] {
  return list.split(',').map((word) => word.trim());
}
